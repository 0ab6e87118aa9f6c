import type { TensorProto } from './onnx-proto.ts';

/** The element types of ONNX tensors that are read or made here. */
export const dataType = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
} as const;

/** A tensor's elements as numbers, or `undefined` if they are in another file or of a type that is not read here. */
export function numbersOf(
  tensor: TensorProto,
): Float32Array | Float64Array | BigInt64Array | Int32Array | Int8Array | Uint8Array | undefined {
  if (tensor.dataLocation === 1) return undefined;
  const raw = tensor.rawData && tensor.rawData.length > 0 ? new Uint8Array(tensor.rawData).buffer : undefined;
  switch (tensor.dataType) {
    case dataType.float:
      return raw ? new Float32Array(raw) : Float32Array.from(tensor.floatData);
    case dataType.double:
      return raw ? new Float64Array(raw) : Float64Array.from(tensor.doubleData);
    case dataType.int64:
      return raw ? new BigInt64Array(raw) : BigInt64Array.from(tensor.int64Data);
    case dataType.int32:
      return raw ? new Int32Array(raw) : Int32Array.from(tensor.int32Data);
    case dataType.int8:
      return raw ? new Int8Array(raw) : Int8Array.from(tensor.int32Data);
    case dataType.uint8:
    case dataType.bool:
      return raw ? new Uint8Array(raw) : Uint8Array.from(tensor.int32Data);
    default:
      return undefined;
  }
}

export function floatTensor(name: string, dims: readonly number[], values: Float32Array): TensorProto {
  return tensor(name, dims, dataType.float, values);
}

export function int64Tensor(
  name: string,
  dims: readonly number[],
  values: readonly (number | bigint)[],
): TensorProto {
  return tensor(name, dims, dataType.int64, BigInt64Array.from(values, BigInt));
}

/** A tensor of any type from its elements' bytes (little-endian, as every platform of ONNX Runtime is). */
export function tensor(
  name: string,
  dims: readonly number[],
  type: number,
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): TensorProto {
  return {
    name,
    dims: [...dims],
    dataType: type,
    rawData: new Uint8Array(buffer, byteOffset, byteLength),
    floatData: [],
    int32Data: [],
    stringData: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
    externalData: [],
    metadataProps: [],
  };
}
