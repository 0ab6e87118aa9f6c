export type ScalarKind = 'int32' | 'size' | 'int64' | 'uint64' | 'float' | 'double' | 'bytes' | 'string';

export interface Field {
  /** The field's number in ONNX's protobuf definition. */
  readonly number: number;
  /** A scalar, or the name of a message. `size` is an int64 that must fit a JavaScript number. */
  readonly kind: ScalarKind | MessageName;
  readonly repeated?: true;
}

export type MessageName =
  | 'Model'
  | 'Graph'
  | 'Node'
  | 'Attribute'
  | 'Tensor'
  | 'Segment'
  | 'SparseTensor'
  | 'ValueInfo'
  | 'Type'
  | 'TensorType'
  | 'ElementType'
  | 'MapType'
  | 'OpaqueType'
  | 'Shape'
  | 'Dimension'
  | 'Function'
  | 'OperatorSet'
  | 'Entry'
  | 'TrainingInfo'
  | 'Annotation';

const one = (number: number, kind: Field['kind']): Field => ({ number, kind });
const many = (number: number, kind: Field['kind']): Field => ({ number, kind, repeated: true });

/** Field numbers of the ONNX intermediate representation, version 13. Device placement is left to `unknown`. */
export const onnxSchema: Readonly<Record<MessageName, Readonly<Record<string, Field>>>> = {
  Model: {
    irVersion: one(1, 'size'),
    producerName: one(2, 'string'),
    producerVersion: one(3, 'string'),
    domain: one(4, 'string'),
    modelVersion: one(5, 'int64'),
    docString: one(6, 'string'),
    graph: one(7, 'Graph'),
    opsetImport: many(8, 'OperatorSet'),
    metadataProps: many(14, 'Entry'),
    trainingInfo: many(20, 'TrainingInfo'),
    functions: many(25, 'Function'),
  },
  Graph: {
    node: many(1, 'Node'),
    name: one(2, 'string'),
    initializer: many(5, 'Tensor'),
    docString: one(10, 'string'),
    input: many(11, 'ValueInfo'),
    output: many(12, 'ValueInfo'),
    valueInfo: many(13, 'ValueInfo'),
    quantizationAnnotation: many(14, 'Annotation'),
    sparseInitializer: many(15, 'SparseTensor'),
    metadataProps: many(16, 'Entry'),
  },
  Node: {
    input: many(1, 'string'),
    output: many(2, 'string'),
    name: one(3, 'string'),
    opType: one(4, 'string'),
    attribute: many(5, 'Attribute'),
    docString: one(6, 'string'),
    domain: one(7, 'string'),
    overload: one(8, 'string'),
    metadataProps: many(9, 'Entry'),
  },
  Attribute: {
    name: one(1, 'string'),
    f: one(2, 'float'),
    i: one(3, 'int64'),
    s: one(4, 'bytes'),
    t: one(5, 'Tensor'),
    g: one(6, 'Graph'),
    floats: many(7, 'float'),
    ints: many(8, 'int64'),
    strings: many(9, 'bytes'),
    tensors: many(10, 'Tensor'),
    graphs: many(11, 'Graph'),
    docString: one(13, 'string'),
    tp: one(14, 'Type'),
    typeProtos: many(15, 'Type'),
    type: one(20, 'int32'),
    refAttrName: one(21, 'string'),
    sparseTensor: one(22, 'SparseTensor'),
    sparseTensors: many(23, 'SparseTensor'),
  },
  Tensor: {
    dims: many(1, 'size'),
    dataType: one(2, 'int32'),
    segment: one(3, 'Segment'),
    floatData: many(4, 'float'),
    int32Data: many(5, 'int32'),
    stringData: many(6, 'bytes'),
    int64Data: many(7, 'int64'),
    name: one(8, 'string'),
    rawData: one(9, 'bytes'),
    doubleData: many(10, 'double'),
    uint64Data: many(11, 'uint64'),
    docString: one(12, 'string'),
    externalData: many(13, 'Entry'),
    dataLocation: one(14, 'int32'),
    metadataProps: many(16, 'Entry'),
  },
  Segment: { begin: one(1, 'int64'), end: one(2, 'int64') },
  SparseTensor: { values: one(1, 'Tensor'), indices: one(2, 'Tensor'), dims: many(3, 'size') },
  ValueInfo: {
    name: one(1, 'string'),
    type: one(2, 'Type'),
    docString: one(3, 'string'),
    metadataProps: many(4, 'Entry'),
  },
  Type: {
    tensorType: one(1, 'TensorType'),
    sequenceType: one(4, 'ElementType'),
    mapType: one(5, 'MapType'),
    denotation: one(6, 'string'),
    opaqueType: one(7, 'OpaqueType'),
    sparseTensorType: one(8, 'TensorType'),
    optionalType: one(9, 'ElementType'),
  },
  TensorType: { elemType: one(1, 'int32'), shape: one(2, 'Shape') },
  ElementType: { elemType: one(1, 'Type') },
  MapType: { keyType: one(1, 'int32'), valueType: one(2, 'Type') },
  OpaqueType: { domain: one(1, 'string'), name: one(2, 'string') },
  Shape: { dim: many(1, 'Dimension') },
  Dimension: { dimValue: one(1, 'int64'), dimParam: one(2, 'string'), denotation: one(3, 'string') },
  Function: {
    name: one(1, 'string'),
    input: many(4, 'string'),
    output: many(5, 'string'),
    attribute: many(6, 'string'),
    node: many(7, 'Node'),
    docString: one(8, 'string'),
    opsetImport: many(9, 'OperatorSet'),
    domain: one(10, 'string'),
    attributeProto: many(11, 'Attribute'),
    valueInfo: many(12, 'ValueInfo'),
    overload: one(13, 'string'),
    metadataProps: many(14, 'Entry'),
  },
  OperatorSet: { domain: one(1, 'string'), version: one(2, 'size') },
  Entry: { key: one(1, 'string'), value: one(2, 'string') },
  TrainingInfo: {
    initialization: one(1, 'Graph'),
    algorithm: one(2, 'Graph'),
    initializationBinding: many(3, 'Entry'),
    updateBinding: many(4, 'Entry'),
  },
  Annotation: { tensorName: one(1, 'string'), quantParameterTensorNames: many(2, 'Entry') },
};
