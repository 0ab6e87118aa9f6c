/**
 * The messages of an ONNX file (https://onnx.ai/onnx/repo-docs/IR.html), as plain objects.
 * Repeated fields are always arrays; singular ones are absent if the file does not set them.
 */
export interface Message {
  /** Fields that the schema does not name, kept so that writing loses nothing. */
  unknown?: UnknownField[];
}

export interface UnknownField {
  readonly number: number;
  readonly wireType: number;
  readonly bytes: Uint8Array;
}

/** An ONNX file. */
export interface ModelProto extends Message {
  irVersion?: number;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: bigint;
  docString?: string;
  graph?: GraphProto;
  opsetImport: OperatorSetIdProto[];
  metadataProps: StringStringEntryProto[];
  trainingInfo: TrainingInfoProto[];
  functions: FunctionProto[];
}

export interface GraphProto extends Message {
  node: NodeProto[];
  name?: string;
  initializer: TensorProto[];
  docString?: string;
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo: ValueInfoProto[];
  quantizationAnnotation: TensorAnnotation[];
  sparseInitializer: SparseTensorProto[];
  metadataProps: StringStringEntryProto[];
}

export interface NodeProto extends Message {
  /** Names of values; an empty name is an optional input that is left out. */
  input: string[];
  output: string[];
  name?: string;
  opType?: string;
  attribute: AttributeProto[];
  docString?: string;
  /** Empty or absent for ONNX's own operators. */
  domain?: string;
  overload?: string;
  metadataProps: StringStringEntryProto[];
}

export interface AttributeProto extends Message {
  name?: string;
  f?: number;
  i?: bigint;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats: number[];
  ints: bigint[];
  strings: Uint8Array[];
  tensors: TensorProto[];
  graphs: GraphProto[];
  docString?: string;
  tp?: TypeProto;
  typeProtos: TypeProto[];
  /** FLOAT 1, INT 2, STRING 3, TENSOR 4, GRAPH 5, FLOATS 6, INTS 7, STRINGS 8, … */
  type?: number;
  refAttrName?: string;
  sparseTensor?: SparseTensorProto;
  sparseTensors: SparseTensorProto[];
}

export interface TensorProto extends Message {
  dims: number[];
  /** See `dataType` in `tensor-values.ts`. */
  dataType?: number;
  segment?: TensorSegment;
  floatData: number[];
  int32Data: number[];
  stringData: Uint8Array[];
  int64Data: bigint[];
  name?: string;
  /** Little-endian, row-major; a view into the file's bytes. */
  rawData?: Uint8Array;
  doubleData: number[];
  uint64Data: bigint[];
  docString?: string;
  externalData: StringStringEntryProto[];
  /** 1 if the numbers are in another file. */
  dataLocation?: number;
  metadataProps: StringStringEntryProto[];
}

export interface TensorSegment extends Message {
  begin?: bigint;
  end?: bigint;
}

export interface SparseTensorProto extends Message {
  values?: TensorProto;
  indices?: TensorProto;
  dims: number[];
}

/** The name and type of a graph's input, output or value inside. */
export interface ValueInfoProto extends Message {
  name?: string;
  type?: TypeProto;
  docString?: string;
  metadataProps: StringStringEntryProto[];
}

export interface TypeProto extends Message {
  tensorType?: TensorTypeProto;
  sequenceType?: ElementTypeProto;
  mapType?: MapTypeProto;
  optionalType?: ElementTypeProto;
  sparseTensorType?: TensorTypeProto;
  opaqueType?: OpaqueTypeProto;
  denotation?: string;
}

export interface TensorTypeProto extends Message {
  elemType?: number;
  shape?: TensorShapeProto;
}

export interface ElementTypeProto extends Message {
  elemType?: TypeProto;
}

export interface MapTypeProto extends Message {
  keyType?: number;
  valueType?: TypeProto;
}

export interface OpaqueTypeProto extends Message {
  domain?: string;
  name?: string;
}

export interface TensorShapeProto extends Message {
  dim: DimensionProto[];
}

export interface DimensionProto extends Message {
  dimValue?: bigint;
  dimParam?: string;
  denotation?: string;
}

export interface FunctionProto extends Message {
  name?: string;
  input: string[];
  output: string[];
  attribute: string[];
  node: NodeProto[];
  docString?: string;
  opsetImport: OperatorSetIdProto[];
  domain?: string;
  attributeProto: AttributeProto[];
  valueInfo: ValueInfoProto[];
  overload?: string;
  metadataProps: StringStringEntryProto[];
}

export interface OperatorSetIdProto extends Message {
  domain?: string;
  version?: number;
}

export interface StringStringEntryProto extends Message {
  key?: string;
  value?: string;
}

export interface TrainingInfoProto extends Message {
  initialization?: GraphProto;
  algorithm?: GraphProto;
  initializationBinding: StringStringEntryProto[];
  updateBinding: StringStringEntryProto[];
}

export interface TensorAnnotation extends Message {
  tensorName?: string;
  quantParameterTensorNames: StringStringEntryProto[];
}
