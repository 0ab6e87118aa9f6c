import type { AttributeProto, NodeProto } from './onnx-proto.ts';

export type AttributeValue = number | bigint | string | readonly bigint[] | { readonly float: number };

/** Makes attributes: integers from numbers and bigints, floats as `{ float }`, lists of integers, text. */
export function attributesOf(values: Readonly<Record<string, AttributeValue>>): AttributeProto[] {
  return Object.entries(values).map(([name, value]) => attributeOf(name, value));
}

function attributeOf(name: string, value: AttributeValue): AttributeProto {
  const empty = {
    name,
    floats: [],
    ints: [],
    strings: [],
    tensors: [],
    graphs: [],
    typeProtos: [],
    sparseTensors: [],
  };
  if (typeof value === 'string') return { ...empty, type: 3, s: new TextEncoder().encode(value) };
  if (typeof value === 'number' || typeof value === 'bigint') return { ...empty, type: 2, i: BigInt(value) };
  if ('float' in value) return { ...empty, type: 1, f: value.float };
  return { ...empty, type: 7, ints: [...value] };
}

export function findAttribute(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

/** An integer attribute; `otherwise` if the node does not set it. */
export function integerAttribute(node: NodeProto, name: string, otherwise: number): number {
  const value = findAttribute(node, name)?.i;
  return value === undefined ? otherwise : Number(value);
}

export function floatAttribute(node: NodeProto, name: string, otherwise: number): number {
  return findAttribute(node, name)?.f ?? otherwise;
}

export function integersAttribute(node: NodeProto, name: string): readonly number[] | undefined {
  return findAttribute(node, name)?.ints.map(Number);
}
