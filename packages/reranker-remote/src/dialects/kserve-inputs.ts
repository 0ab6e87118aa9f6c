import type { TokenizedPair } from '@secondpass/core/models';
import type { RerankCall } from './dialect.ts';
import type { ModelTensors, TokenInput } from './kserve-metadata.ts';

/** Token ids of a batch, padded to the longest pair: [pairs, tokens], row by row. */
interface Batch {
  readonly shape: readonly [pairs: number, tokens: number];
  readonly columns: Readonly<Record<TokenInput, Int32Array>>;
}

export function batchOf(pairs: readonly TokenizedPair[], paddingId: number): Batch {
  const tokens = Math.max(...pairs.map(({ ids }) => ids.length));
  const column = (fill: number) => new Int32Array(pairs.length * tokens).fill(fill);
  const columns = { input_ids: column(paddingId), attention_mask: column(0), token_type_ids: column(0) };
  for (const [row, { ids, typeIds }] of pairs.entries()) {
    columns.input_ids.set(ids, row * tokens);
    columns.attention_mask.fill(1, row * tokens, row * tokens + ids.length);
    columns.token_type_ids.set(typeIds, row * tokens);
  }
  return { shape: [pairs.length, tokens], columns };
}

/** An inference request of the Open Inference Protocol v2, in JSON. */
export function jsonRequest({ shape, columns }: Batch, inputs: NonNullable<ModelTensors['inputs']>) {
  return {
    inputs: inputs.map(({ name, datatype }) => ({ name, datatype, shape, data: [...columns[name]] })),
  };
}

/** The same with Triton's binary extension: a header of JSON, then the tensors' bytes in the order of the header. */
export function binaryRequest(
  { shape, columns }: Batch,
  inputs: NonNullable<ModelTensors['inputs']>,
  output: string | undefined,
): Pick<RerankCall, 'body' | 'headers'> {
  const tensors = inputs.map(({ name, datatype }) => ({
    name,
    datatype,
    bytes: bytesOf(columns[name], datatype),
  }));
  const header = Buffer.from(
    JSON.stringify({
      inputs: tensors.map(({ name, datatype, bytes }) => ({
        name,
        datatype,
        shape,
        parameters: { binary_data_size: bytes.length },
      })),
      ...(output === undefined
        ? { parameters: { binary_data_output: true } }
        : { outputs: [{ name: output, parameters: { binary_data: true } }] }),
    }),
  );
  return {
    body: Buffer.concat([header, ...tensors.map(({ bytes }) => bytes)]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.length),
    },
  };
}

/** Always little-endian, on any machine. */
function bytesOf(column: Int32Array, datatype: 'INT64' | 'INT32'): Buffer {
  const wide = datatype === 'INT64';
  const bytes = Buffer.alloc(column.length * (wide ? 8 : 4));
  for (const [index, value] of column.entries()) {
    if (wide) bytes.writeBigInt64LE(BigInt(value), index * 8);
    else bytes.writeInt32LE(value, index * 4);
  }
  return bytes;
}
