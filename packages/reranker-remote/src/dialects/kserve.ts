import { loadPairTokenizer } from '@secondpass/core/models';
import type { HttpService } from '@secondpass/service-client';
import type { KserveOptions } from '../remote-reranker-options.ts';
import type { Dialect } from './dialect.ts';
import { batchOf, binaryRequest, jsonRequest } from './kserve-inputs.ts';
import { type ModelTensors, readModelTensors } from './kserve-metadata.ts';
import { readRows } from './kserve-outputs.ts';

/**
 * A model behind KServe's Open Inference Protocol v2, which Triton and MLServer speak. The tokenizer runs here. The
 * scale comes from the model's files; the input and output tensors come from the server.
 *
 * @throws FailedTry, RetrievalError of the tokenizer's loader, or the signal's reason
 */
export async function kserveDialect(
  options: KserveOptions,
  service: HttpService,
  signal: AbortSignal,
): Promise<Dialect> {
  const { model, directory, tensors = 'json', maxQueryShare, scale } = options;
  const { retries = 2, totalTimeoutMs = 60_000 } = options;
  const tokenizer = await loadPairTokenizer(directory, maxQueryShare, signal);
  const limits = { retries, endsAt: performance.now() + totalTimeoutMs, signal, afterTimeout: false };
  const known = await readModelTensors(service, model, limits).catch(async (error) => {
    await tokenizer.close();
    throw error;
  });
  const columns = tokenizer.scale === 'two-logit' && scale === undefined ? 2 : 1;
  const relevant = tokenizer.relevantLabel;
  return {
    scale: tokenizer.scale === 'probability' ? 'probability' : 'logit',
    limits: { documents: known.maxBatch ?? 32 },
    closeAbandoned: false,
    close: () => tokenizer.close(),
    async callOf(query, passages, either) {
      const { pairs, queryTokensCut } = await tokenizer.encode(query, passages, either);
      const batch = batchOf(pairs, tokenizer.paddingId);
      const inputs = known.inputs ?? usualInputs(batch.columns.token_type_ids);
      const request =
        tensors === 'binary'
          ? binaryRequest(batch, inputs, known.output)
          : { body: jsonRequest(batch, inputs) };
      return {
        ...request,
        path: `/v2/models/${encodeURIComponent(model)}/infer`,
        tokensCut: pairs.map(({ tokensCut }) => tokensCut),
        queryTokensCut,
        read: (answer) =>
          readRows(answer, { output: known.output, pairs: pairs.length, columns }).map((row, index) => ({
            index,
            score: columns === 2 ? row[relevant]! - row[1 - relevant]! : row[0]!,
          })),
      };
    },
  };
}

/** The input tensors if the server does not list them: `token_type_ids` is one of them if the tokenizer sets any. */
function usualInputs(typeIds: Int32Array): NonNullable<ModelTensors['inputs']> {
  const names = [
    'input_ids',
    'attention_mask',
    ...(typeIds.some((id) => id !== 0) ? ['token_type_ids'] : []),
  ];
  return names.map((name) => ({ name, datatype: 'INT64' })) as NonNullable<ModelTensors['inputs']>;
}
