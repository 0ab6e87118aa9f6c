import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { loadCrossEncoder, type Precision, type Reranker } from '@secondpass/core';
import {
  loadPrecomputedCrossEncoder,
  type PassageStateStore,
  PrecomputedPassages,
  type StatePrecision,
} from '@secondpass/precomputed-passages';
import { MadeUpTexts } from '../cross-encoder/made-up-texts.ts';
import { seededRandom, shuffled } from '../cross-encoder/seeded-random.ts';
import { workloads } from '../cross-encoder/workloads.ts';

interface TimeRequest {
  readonly model: string;
  readonly scratch: string;
  readonly rounds: number;
  readonly passages: number;
}

interface Times {
  readonly wall: number[];
  /** Of all threads together: what a machine that others use too changes least. */
  readonly processor: number[];
}

/** A store in which nothing stays: every request computes all of its passages. */
const forgetful: PassageStateStore = {
  name: 'forgetful',
  get: async () => new Map(),
  has: async () => new Set<string>(),
  put: async () => {},
};

/** Milliseconds of one request by the whole model, by warm stores and by none; and bytes per passage. */
export async function measureTime({ model, scratch, rounds, passages }: TimeRequest) {
  const texts = await MadeUpTexts.open(model);
  const { W1: workload } = workloads;
  const requestOf = (seed: number) => texts.request(workload!, passages, seed);
  const { passages: candidates, pairLengths } = requestOf(1);
  const contenders = new Map<string, Reranker>();
  const bytesPerPassage: Record<string, number> = {};
  const precisions: Precision[] = ['fp32', 'int8'];
  for (const precision of precisions) {
    contenders.set(`whole ${precision}`, await loadCrossEncoder(model, { precision }));
    const nothing = { precision, store: forgetful };
    contenders.set(`cold ${precision}`, await loadPrecomputedCrossEncoder(model, nothing));
    for (const statePrecision of ['int8', 'float16', 'float32'] as StatePrecision[]) {
      const store = await PrecomputedPassages.open({ directory: mkdtempSync(join(scratch, 'store-')) });
      const { bytes: empty } = await store.stats();
      const split = await loadPrecomputedCrossEncoder(model, { precision, statePrecision, store });
      await split.precompute(candidates);
      contenders.set(`warm ${precision}, states ${statePrecision}`, split);
      bytesPerPassage[statePrecision] = Math.round(((await store.stats()).bytes - empty) / passages);
    }
  }
  const taken = new Map([...contenders.keys()].map((name) => [name, { wall: [], processor: [] } as Times]));
  const random = seededRandom(7);
  // The first round warms up, and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    const { query } = requestOf(2 + round);
    for (const name of shuffled([...contenders.keys()], random)) {
      const used = process.cpuUsage();
      const started = performance.now();
      await contenders.get(name)!.score({ query, passages: candidates });
      if (round === 0) continue;
      taken.get(name)!.wall.push(performance.now() - started);
      const { user, system } = process.cpuUsage(used);
      taken.get(name)!.processor.push((user + system) / 1000);
    }
  }
  for (const contender of contenders.values()) await contender.close?.();
  const summaries = [...taken].map(([name, { wall, processor }]) => {
    return [name, { wall: summary(wall), processor: summary(processor) }] as const;
  });
  const meanTokens = pairLengths.reduce((sum, length) => sum + length, 0) / passages;
  return {
    passages,
    meanTokensOfPair: meanTokens,
    rounds,
    milliseconds: Object.fromEntries(summaries),
    bytesPerPassage,
  };
}

function summary(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  return { least: round(sorted[0]!), median: round(sorted[Math.floor(sorted.length / 2)]!) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
