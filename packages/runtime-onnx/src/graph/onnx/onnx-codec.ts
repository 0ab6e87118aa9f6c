import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { ModelProto, UnknownField } from './onnx-proto.ts';
import { type Field, type MessageName, onnxSchema, type ScalarKind } from './onnx-schema.ts';

type Values = Record<string, unknown> & { unknown?: UnknownField[] };

interface Scalar<T> {
  readonly wireType: WireType;
  readonly packable: boolean;
  readonly read: (reader: BinaryReader) => T;
  readonly write: (writer: BinaryWriter, value: T) => void;
}

const scalar = <T>(
  wireType: WireType,
  read: (reader: BinaryReader) => T,
  write: (writer: BinaryWriter, value: T) => void,
): Scalar<unknown> =>
  ({ wireType, packable: wireType !== WireType.LengthDelimited, read, write }) as Scalar<unknown>;

const scalars: Readonly<Record<ScalarKind, Scalar<unknown>>> = {
  int32: scalar(
    WireType.Varint,
    (reader) => reader.int32(),
    (writer, value: number) => writer.int32(value),
  ),
  size: scalar(WireType.Varint, readSize, (writer, value: number) => writer.int64(value)),
  int64: scalar(
    WireType.Varint,
    (reader) => BigInt(reader.int64()),
    (writer, value: bigint) => writer.int64(value),
  ),
  uint64: scalar(
    WireType.Varint,
    (reader) => BigInt(reader.uint64()),
    (writer, value: bigint) => writer.uint64(value),
  ),
  float: scalar(
    WireType.Bit32,
    (reader) => reader.float(),
    (writer, value: number) => writer.float(value),
  ),
  double: scalar(
    WireType.Bit64,
    (reader) => reader.double(),
    (writer, value: number) => writer.double(value),
  ),
  bytes: scalar(
    WireType.LengthDelimited,
    (reader) => reader.bytes(),
    (writer, value: Uint8Array) => writer.bytes(value),
  ),
  // Strict: text that is not UTF-8 would be altered, so such a file is refused.
  string: scalar(
    WireType.LengthDelimited,
    (reader) => reader.string(true),
    (writer, value: string) => writer.string(value),
  ),
};

const byNumber = Object.fromEntries(
  Object.entries(onnxSchema).map(([message, fields]) => [
    message,
    new Map(Object.entries(fields).map(([name, field]) => [field.number, { name, field }])),
  ]),
) as Record<MessageName, Map<number, { name: string; field: Field }>>;

/**
 * The bytes of an `.onnx` file as plain objects. Fields that are not known here are kept.
 *
 * @throws Error where the bytes are not a protobuf message of this shape
 *
 * @example
 * import { readFile } from 'node:fs/promises';
 * import { openModelDirectory } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * import { decodeModel } from '@secondpass/runtime-onnx/graph';
 * const { graph } = await openModelDirectory(modelDirectory('nano'));
 * const model = decodeModel(await readFile(graph));
 * model.opsetImport.length > 0; // → true
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return readMessage(new BinaryReader(bytes), bytes.length, 'Model') as unknown as ModelProto;
}

/**
 * A model as the bytes of an `.onnx` file.
 *
 * @example
 * import { decodeModel, encodeModel } from '@secondpass/runtime-onnx/graph';
 * const bytes = encodeModel({ opsetImport: [], metadataProps: [], trainingInfo: [], functions: [], irVersion: 8 });
 * decodeModel(bytes).irVersion; // → 8
 */
export function encodeModel(model: ModelProto): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, model as unknown as Values, 'Model');
  return writer.finish();
}

function readMessage(reader: BinaryReader, end: number, message: MessageName): Values {
  if (end > reader.len) throw new Error(`${message} ends after the file does`);
  const values: Values = {};
  for (const [name, field] of Object.entries(onnxSchema[message])) if (field.repeated) values[name] = [];
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const known = byNumber[message].get(number);
    if (!known) {
      values.unknown ??= [];
      values.unknown.push({ number, wireType, bytes: reader.skip(wireType, number) });
      continue;
    }
    const { name, field } = known;
    if (field.repeated) readRepeated(reader, wireType, field, values[name] as unknown[]);
    else values[name] = readOne(reader, wireType, field.kind);
  }
  if (reader.pos !== end) throw new Error(`${message} does not have the length that it states`);
  return values;
}

function readRepeated(reader: BinaryReader, wireType: WireType, { kind }: Field, list: unknown[]): void {
  const codec = scalars[kind as ScalarKind];
  if (!codec?.packable || wireType !== WireType.LengthDelimited) {
    list.push(readOne(reader, wireType, kind));
    return;
  }
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new Error('a list ends after the file does');
  while (reader.pos < end) list.push(codec.read(reader));
}

function readOne(reader: BinaryReader, wireType: WireType, kind: Field['kind']): unknown {
  const codec = scalars[kind as ScalarKind];
  const expected = codec?.wireType ?? WireType.LengthDelimited;
  if (wireType !== expected) throw new Error(`a ${kind} has wire type ${wireType}`);
  if (codec) return codec.read(reader);
  const length = reader.uint32();
  return readMessage(reader, reader.pos + length, kind as MessageName);
}

function writeMessage(writer: BinaryWriter, values: Values, message: MessageName): void {
  for (const [name, { number, kind, repeated }] of Object.entries(onnxSchema[message])) {
    const value = values[name];
    if (value === undefined) continue;
    if (!repeated) writeOne(writer, number, kind, value);
    else writeRepeated(writer, number, kind, value as unknown[]);
  }
  for (const { number, wireType, bytes } of values.unknown ?? []) writer.tag(number, wireType).raw(bytes);
}

function writeRepeated(writer: BinaryWriter, number: number, kind: Field['kind'], list: unknown[]): void {
  const codec = scalars[kind as ScalarKind];
  if (!codec?.packable) {
    for (const value of list) writeOne(writer, number, kind, value);
    return;
  }
  if (list.length === 0) return;
  writer.tag(number, WireType.LengthDelimited).fork();
  for (const value of list) codec.write(writer, value);
  writer.join();
}

function writeOne(writer: BinaryWriter, number: number, kind: Field['kind'], value: unknown): void {
  const codec = scalars[kind as ScalarKind];
  writer.tag(number, codec?.wireType ?? WireType.LengthDelimited);
  if (codec) return codec.write(writer, value);
  writer.fork();
  writeMessage(writer, value as Values, kind as MessageName);
  writer.join();
}

function readSize(reader: BinaryReader): number {
  const value = Number(reader.int64());
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is too large`);
  return value;
}
