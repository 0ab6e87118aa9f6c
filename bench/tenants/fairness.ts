import { loadCrossEncoder, type Reranker } from '@secondpass/core';
import { fairReranker } from '@secondpass/core/rerankers';
import { modelDirectory } from '@secondpass/models';
import { MadeUpTexts } from '../cross-encoder/made-up-texts.ts';
import { workloads } from '../cross-encoder/workloads.ts';

interface Figures {
  readonly pairsOfTheFlood: number;
  readonly pairs: number;
  readonly aloneP50Ms: number;
  /** Divided by the median alone. */
  readonly withoutSharing: { readonly p50: number; readonly p95: number };
  readonly withSharing: { readonly p50: number; readonly p95: number };
}

const waiting = 200;
const requests = 15;

/** How long one caller's requests take while 200 requests of another wait; and what sharing costs a caller that is alone. */
export async function measureFairness() {
  const directory = modelDirectory('nano');
  await using reranker = await loadCrossEncoder(directory);
  const texts = await MadeUpTexts.open(directory);
  const request = (pairs: number, seed: number, caller: string) => {
    const { query, passages } = texts.request(workloads['W1']!, pairs, seed);
    return { query, passages, caller };
  };
  const shared = fairReranker(reranker, { maxQueued: 1000 });

  const calm = async (asked: Reranker, pairs: number, count: number): Promise<number[]> => {
    const times: number[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      const one = request(pairs, turn, 'calm');
      const began = performance.now();
      await asked.score(one);
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b);
  };
  const flooded = async (asked: Reranker, flood: number, pairs: number, count: number) => {
    const stop = new AbortController();
    let seed = 1000;
    const callers = Array.from({ length: waiting }, async () => {
      while (!stop.signal.aborted) {
        seed += 1;
        const one = { ...request(flood, seed % 64, 'flood'), signal: stop.signal };
        await asked.score(one).catch(() => {});
      }
    });
    try {
      return await calm(asked, pairs, count);
    } finally {
      stop.abort();
      await Promise.all(callers);
    }
  };

  await calm(reranker, 100, 3);
  const figures: Figures[] = [];
  for (const flood of [10, 100]) {
    for (const pairs of [10, 100]) {
      const alone = at(await calm(reranker, pairs, requests), 0.5);
      const ratios = (times: readonly number[]) => ({
        p50: rounded(at(times, 0.5) / alone),
        p95: rounded(at(times, 0.95) / alone),
      });
      const figure = {
        pairsOfTheFlood: flood,
        pairs,
        aloneP50Ms: rounded(alone),
        withoutSharing: ratios(await flooded(reranker, flood, pairs, 3)),
        withSharing: ratios(await flooded(shared, flood, pairs, requests)),
      };
      figures.push(figure);
      process.stderr.write(`${JSON.stringify(figure)}\n`);
    }
  }
  return { model: 'nano', waiting, requests, figures, throughput: await throughput() };

  /** Pairs per second of one caller with 8 requests at a time, in turns; the better of three. */
  async function throughput() {
    const rates: { readonly pairs: number; readonly without: number; readonly with: number }[] = [];
    for (const pairs of [10, 100]) {
      const best = { without: 0, with: 0 };
      for (let round = 0; round < 3; round += 1) {
        for (const [key, asked] of [
          ['without', reranker],
          ['with', shared],
        ] as const) {
          const count = Math.ceil(1600 / pairs);
          let next = 0;
          const began = performance.now();
          await Promise.all(
            Array.from({ length: 8 }, async () => {
              while (next < count) {
                next += 1;
                await asked.score(request(pairs, next % 64, 'one'));
              }
            }),
          );
          best[key] = Math.max(best[key], Math.round((count * pairs * 1000) / (performance.now() - began)));
        }
      }
      rates.push({ pairs, ...best });
    }
    return rates;
  }
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
