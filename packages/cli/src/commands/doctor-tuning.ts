import type { ModelInspection } from '@secondpass/core/models';
import { type TuneBatchTokensResult, tuneBatchTokens } from '@secondpass/runtime-onnx';

export interface ModelTuning extends TuneBatchTokensResult {
  readonly model: string;
}

/** Measures the best batch size of each model that can be loaded, one after the other. */
export async function tuneModels(
  models: readonly ModelInspection[],
  signal: AbortSignal,
): Promise<readonly ModelTuning[]> {
  const tunings: ModelTuning[] = [];
  for (const { name, directory, kind, problems } of models) {
    if (problems.length > 0 || (kind !== 'cross-encoder' && kind !== 'bi-encoder')) continue;
    tunings.push({ model: name, ...(await tuneBatchTokens(directory, { signal })) });
  }
  return tunings;
}

/** The chosen batch size of a model, and the time of each size, as text. */
export function describeTuning({ maxBatchTokens, table, kept }: ModelTuning): string {
  const times = table.map((row) => `${row.maxBatchTokens}: ${row.minMs.toFixed(1)} ms`).join(', ');
  const place = kept ? '' : ' · not stored: the cache cannot be written, set SECONDPASS_CACHE';
  return `maxBatchTokens ${maxBatchTokens} (${times})${place}`;
}
