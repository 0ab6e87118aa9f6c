import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { openModelDirectory } from '../../../core/src/models/model-directory/model-directory.ts';
import { checkEncoderOptions } from '../../../core/src/models/runtime/encoder-options.ts';
import { damagedCopy, removeCopies } from '../../../core/test/models/damaged-model.ts';
import { chooseBudget, tuneBatchTokens } from '../../src/inference/tune-batch-tokens.ts';
import { batchTokensFor } from '../../src/inference/tuned-batch-tokens.ts';

const cache = mkdtempSync(join(tmpdir(), 'tuning-'));
const before = process.env['SECONDPASS_CACHE'];
process.env['SECONDPASS_CACHE'] = cache;
afterAll(() => {
  if (before === undefined) delete process.env['SECONDPASS_CACHE'];
  else process.env['SECONDPASS_CACHE'] = before;
  rmSync(cache, { recursive: true });
  removeCopies();
});

test('keeps what it measured for loads with as many workers, and a broken entry counts as none', async () => {
  const directory = damagedCopy('tiny-bert');
  const model = await openModelDirectory(directory, undefined);
  const budgetOf = (options: { workers: number; maxBatchTokens?: number }) =>
    batchTokensFor(model, checkEncoderOptions(options, 'tiny'));
  expect(await budgetOf({ workers: 1 })).toBe(256);
  const { maxBatchTokens, table, kept } = await tuneBatchTokens(directory, { workers: 1 });
  expect(kept).toBe(true);
  expect(table.map((row) => row.maxBatchTokens)).toContain(maxBatchTokens);
  const [file, ...others] = readdirSync(join(cache, 'batch-tokens'));
  expect(others).toEqual([]);
  // A budget that no measurement would choose, to tell it from the usual one.
  const place = join(cache, 'batch-tokens', file!);
  const entry = JSON.parse(readFileSync(place, 'utf8'));
  writeFileSync(place, JSON.stringify({ ...entry, maxBatchTokens: 777 }));
  expect(await budgetOf({ workers: 1 })).toBe(777);
  expect(await budgetOf({ workers: 2 })).toBe(256);
  expect(await budgetOf({ workers: 1, maxBatchTokens: 99 })).toBe(99);
  writeFileSync(place, '{');
  expect(await budgetOf({ workers: 1 })).toBe(256);
});

test('takes the larger budget where it is within one percent of the fastest', () => {
  const row = (maxBatchTokens: number, minMs: number) => ({ maxBatchTokens, minMs, medianMs: minMs });
  expect(chooseBudget([row(128, 100), row(256, 100.9), row(512, 101.5)])).toBe(256);
  expect(chooseBudget([row(128, 110), row(256, 100), row(512, 104)])).toBe(256);
});

test('ends when it is aborted', async () => {
  const reason = new Error('no longer needed');
  const directory = damagedCopy('tiny-bert');
  await expect(tuneBatchTokens(directory, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const tuning = tuneBatchTokens(directory, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 300);
  await expect(tuning).rejects.toBe(reason);
});
