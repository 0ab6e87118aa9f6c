import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { type CheckedEncoderOptions, fileDigest, type ModelDirectory } from '@secondpass/core/runtime';
import { defaultBatchTokens, defaultWorkers } from '@secondpass/runtime-common';
import { z } from 'zod';
import { graphCacheDirectory } from '../graph/graph-cache.ts';
import { runtimeVersion } from '../runtime-version.ts';

const tuningSchema = z.object({
  maxBatchTokens: z.int().min(1),
  table: z.array(z.object({ maxBatchTokens: z.int(), minMs: z.number(), medianMs: z.number() })),
});
/** What `tuneBatchTokens` found. */
export type Tuning = z.infer<typeof tuningSchema>;

/** Next to the optimized graphs: `batch-tokens` in the cache. */
function tuningDirectory(): string {
  return join(dirname(graphCacheDirectory()), 'batch-tokens');
}

/**
 * The caller's budget; else what `tuneBatchTokens` found for this model on a machine like this one; else a default.
 *
 * @example
 * import { checkEncoderOptions } from '@secondpass/core/runtime';
 * import { batchTokensFor } from '@secondpass/runtime-onnx/graph';
 * const options = checkEncoderOptions({ maxBatchTokens: 512 }, 'my-model');
 * await batchTokensFor(undefined, options); // → 512
 */
export async function batchTokensFor(
  model: ModelDirectory | undefined,
  { maxBatchTokens, workers = defaultWorkers(), executionProvider }: CheckedEncoderOptions,
): Promise<number> {
  if (maxBatchTokens !== undefined) return maxBatchTokens;
  const tuned = model && executionProvider === 'cpu' ? await tunedBatchTokens(model, workers) : undefined;
  return (
    tuned ?? (executionProvider === 'cpu' ? defaultBatchTokens.processor : defaultBatchTokens.accelerator)
  );
}

async function tunedBatchTokens(model: ModelDirectory, workers: number): Promise<number | undefined> {
  try {
    // Without any tuned result, the graph need not be read for its digest.
    if ((await readdir(tuningDirectory())).length === 0) return undefined;
    const json = JSON.parse(await readFile(await placeOf(model, workers), 'utf8'));
    return tuningSchema.parse(json).maxBatchTokens;
  } catch {
    // Missing or unreadable: the default budget is never far from the best.
    return undefined;
  }
}

/** @returns whether it could be written */
export async function keepTuning(model: ModelDirectory, workers: number, tuning: Tuning): Promise<boolean> {
  const place = await placeOf(model, workers);
  const temporary = `${place}.${process.pid}.${randomUUID()}`;
  try {
    await mkdir(dirname(place), { recursive: true });
    await writeFile(temporary, JSON.stringify(tuning));
    await rename(temporary, place);
    return true;
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
    return false;
  }
}

async function placeOf(model: ModelDirectory, workers: number): Promise<string> {
  const key = [
    await fileDigest(model, model.graph),
    model.precision,
    cpus()[0]?.model ?? '',
    workers,
    runtimeVersion,
  ];
  const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
  return join(tuningDirectory(), `${digest}.json`);
}
