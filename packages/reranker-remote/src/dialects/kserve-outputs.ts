import { readJson, type ServiceAnswer } from '@secondpass/service-client';
import { z } from 'zod';

export const kserveAnswerSchema = z.looseObject({
  outputs: z.array(
    z.looseObject({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.int().min(0)),
      data: z.array(z.unknown()).optional(),
      parameters: z.looseObject({ binary_data_size: z.int().min(0).optional() }).optional(),
    }),
  ),
});

const readers = {
  FP32: { size: 4, read: (bytes: Buffer, at: number) => bytes.readFloatLE(at) },
  FP64: { size: 8, read: (bytes: Buffer, at: number) => bytes.readDoubleLE(at) },
};

/**
 * The numbers of an inference answer, `columns` per pair.
 *
 * @param output the tensor to read; by default the only one
 * @throws Error that says what is wrong with the answer
 */
export function readRows(
  answer: ServiceAnswer,
  {
    output,
    pairs,
    columns,
  }: { readonly output: string | undefined; readonly pairs: number; readonly columns: number },
): readonly (readonly number[])[] {
  const { header, tail } = split(answer);
  const { outputs } = readJson(header, kserveAnswerSchema);
  const index = output === undefined ? 0 : outputs.findIndex(({ name }) => name === output);
  const tensor = outputs[index];
  if (!tensor || (output === undefined && outputs.length > 1)) {
    throw new Error(`it holds ${outputs.length} tensors, and ${output ?? 'one'} was expected`);
  }
  const [rows, width = 1, ...more] = tensor.shape;
  if (rows !== pairs || width !== columns || more.some((size) => size !== 1)) {
    throw new Error(
      `the tensor ${tensor.name} has the shape [${tensor.shape.join(', ')}], not [${pairs}, ${columns}]`,
    );
  }
  const size = tensor.parameters?.binary_data_size;
  const before = outputs
    .slice(0, index)
    .reduce((sum, { parameters }) => sum + (parameters?.binary_data_size ?? 0), 0);
  const numbers =
    size === undefined
      ? (tensor.data ?? []).flat(Infinity)
      : binaryNumbers(tail.subarray(before, before + size), tensor.datatype);
  if (numbers.length !== pairs * columns || numbers.some((number) => typeof number !== 'number')) {
    throw new Error(`the tensor ${tensor.name} does not hold ${pairs * columns} numbers`);
  }
  return Array.from({ length: pairs }, (_, row) =>
    (numbers as number[]).slice(row * columns, (row + 1) * columns),
  );
}

/** A binary answer is a JSON header and the tensors' bytes; an HTTP header states the length of the JSON. */
function split({ address, headers, bytes }: ServiceAnswer): {
  readonly header: ServiceAnswer;
  readonly tail: Buffer;
} {
  const told = headers.get('inference-header-content-length');
  if (told === null) return { header: { address, headers, bytes }, tail: Buffer.alloc(0) };
  const length = Number(told);
  if (!Number.isInteger(length) || length < 0 || length > bytes.length) {
    throw new Error('it is shorter than its header says');
  }
  const header = { address, headers: new Headers(), bytes: bytes.subarray(0, length) };
  return { header, tail: bytes.subarray(length) };
}

function binaryNumbers(bytes: Buffer, datatype: string): readonly number[] {
  const reader = Object.hasOwn(readers, datatype) ? readers[datatype as keyof typeof readers] : undefined;
  if (!reader) throw new Error(`its numbers are ${datatype}, not FP32 or FP64`);
  return Array.from({ length: Math.floor(bytes.length / reader.size) }, (_, index) =>
    reader.read(bytes, index * reader.size),
  );
}
