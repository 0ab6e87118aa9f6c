import { type Answer, json, type SeenRequest } from '../../service-client/test/replay-server.ts';

interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly [number, number];
  readonly data?: readonly number[];
  readonly parameters?: { readonly binary_data_size: number };
}

export interface KserveModel {
  /** @default what Triton says of a BERT */
  readonly metadata?: unknown;
  readonly maxBatch?: number;
  /** The numbers of one pair, from its tokens without padding. */
  readonly score: (ids: readonly number[], typeIds: readonly number[]) => readonly number[];
}

const tensor = (name: string, datatype: string, shape: readonly number[]) => ({ name, datatype, shape });

export const bertMetadata = {
  name: 'ce',
  versions: ['1'],
  platform: 'onnxruntime_onnx',
  inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => tensor(name, 'INT64', [-1, -1])),
  outputs: [tensor('logits', 'FP32', [-1, 1])],
};

/** A server of the Open Inference Protocol v2 that answers as Triton does: JSON, or binary tensors where they are asked for. */
export function kserveAnswers({ metadata = bertMetadata, maxBatch, score }: KserveModel): Answer {
  return (request, response) => {
    if (request.path === '/v2/models/ce') return json(metadata)(request, response);
    if (request.path === '/v2/models/ce/config') {
      return maxBatch === undefined
        ? json({ error: 'not found' }, 404)(request, response)
        : json({ name: 'ce', max_batch_size: maxBatch })(request, response);
    }
    const { tensors, binary } = read(request);
    const ids = tensors.get('input_ids')!;
    const mask = tensors.get('attention_mask')!;
    const typeIds = tensors.get('token_type_ids') ?? ids.map((row) => row.map(() => 0));
    const rows = ids.map((row, index) => {
      const length = mask[index]!.reduce((sum, one) => sum + one, 0);
      return score(row.slice(0, length), typeIds[index]!.slice(0, length));
    });
    const shape = [rows.length, rows[0]!.length];
    const numbers = Float32Array.from(rows.flat());
    if (!binary) {
      // Triton's JSON has no content-type.
      response.end(
        JSON.stringify({
          model_name: 'ce',
          outputs: [{ name: 'logits', datatype: 'FP32', shape, data: [...numbers] }],
        }),
      );
      return;
    }
    const bytes = Buffer.from(numbers.buffer);
    const parameters = { binary_data_size: bytes.length };
    const header = JSON.stringify({
      model_name: 'ce',
      outputs: [{ name: 'logits', datatype: 'FP32', shape, parameters }],
    });
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.length),
    });
    response.end(Buffer.concat([Buffer.from(header), bytes]));
  };
}

function read({ headers, bytes, body }: SeenRequest) {
  const length = Number(headers['inference-header-content-length'] ?? 0);
  const request = length > 0 ? JSON.parse(bytes.subarray(0, length).toString()) : body;
  const tensors = new Map<string, readonly (readonly number[])[]>();
  let at = length;
  for (const { name, shape, data, parameters } of request.inputs as readonly Tensor[]) {
    const size = parameters?.binary_data_size ?? 0;
    const numbers = data ?? wideIntegers(bytes.subarray(at, at + size));
    at += size;
    const rows = Array.from({ length: shape[0] }, (_, row) =>
      numbers.slice(row * shape[1], (row + 1) * shape[1]),
    );
    tensors.set(name, rows);
  }
  return { tensors, binary: length > 0 };
}

function wideIntegers(bytes: Buffer): readonly number[] {
  return Array.from({ length: bytes.length / 8 }, (_, index) => Number(bytes.readBigInt64LE(index * 8)));
}
