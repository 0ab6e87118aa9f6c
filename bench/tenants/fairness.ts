import { setTimeout as pause } from 'node:timers/promises';
import { type CrossEncoder, loadCrossEncoder, type Reranker, type RerankRequest } from '@secondpass/core';
import { fairReranker } from '@secondpass/core/rerankers';
import { modelDirectory } from '@secondpass/models';
import { MadeUpTexts } from '../cross-encoder/made-up-texts.ts';
import { workloads } from '../cross-encoder/workloads.ts';

/** Requests of the flood that are open at any moment. */
const open = 200;
/** Requests of the other caller in each round, and the pause between those that come now and then. */
const [inARow, nowAndThen, pauseMs] = [6, 3, 150];
const texts = 48;
const rarely = ', now and then';

type Asked = (request: RerankRequest) => Promise<unknown>;

/**
 * How long one caller's requests take while 200 of another are open: alone, without names of callers, with them, and with
 * `fairReranker` around the model, or around a model that does not share by itself. In turns, so that whatever else the machine
 * does hits all of them.
 *
 * @param seconds for each pair of sizes
 */
export async function measureFairness(model: 'nano' | 'small', seconds: number) {
  const directory = modelDirectory(model);
  await using reranker = await loadCrossEncoder(directory);
  const requestOf = await requests(directory);
  const nameless = withoutNames(reranker);
  const ways: Readonly<Record<string, Asked>> = {
    shared: (request) => reranker.score(request),
    fairReranker: scoreOf(fairReranker(reranker, { maxQueued: 1000 })),
    fairRerankerInParts: scoreOf(fairReranker(nameless, { maxQueued: 1000 })),
  };
  await Promise.all(Array.from({ length: 8 }, (_, seed) => reranker.score(requestOf(100, seed, 'warm'))));
  const figures: object[] = [];
  for (const flood of [10, 100]) {
    for (const pairs of [10, 100]) {
      const times = new Times();
      const calm = async (way: string, asked: Asked) => {
        for (let turn = 0; turn < inARow + nowAndThen; turn += 1) {
          const isRare = turn >= inARow;
          if (isRare) await pause(pauseMs);
          const request = requestOf(pairs, turn, 'calm');
          const began = performance.now();
          await asked(request);
          times.add(isRare ? `${way}${rarely}` : way, performance.now() - began);
        }
      };
      const until = performance.now() + seconds * 1000;
      while (performance.now() < until) {
        await calm('alone', ways['shared']!);
        for (const [way, asked] of Object.entries(ways)) {
          await besideFlood(
            asked,
            (seed) => requestOf(flood, seed, 'flood'),
            () => calm(way, asked),
          );
        }
      }
      // Once, and for one model: it takes seconds.
      if (model === 'nano') {
        await besideFlood(
          scoreOf(nameless),
          (seed) => requestOf(flood, seed, 'flood'),
          async () => {
            const began = performance.now();
            await nameless.score(requestOf(pairs, 0, 'calm'));
            times.add('withoutNames', performance.now() - began);
          },
        );
      }
      const figure = { pairsOfTheFlood: flood, pairs, ...times.summary() };
      figures.push(figure);
      process.stderr.write(`${JSON.stringify(figure)}\n`);
    }
  }
  return { model, open, figures, pairsPerSecond: await throughput(ways, scoreOf(nameless), requestOf) };
}

/** Pairs per second of two callers with 4 requests each at a time: medians of rounds in turns. */
async function throughput(ways: Readonly<Record<string, Asked>>, nameless: Asked, requestOf: RequestOf) {
  const rates: object[] = [];
  for (const pairs of [10, 100]) {
    const times = new Times();
    for (let round = 0; round < 5; round += 1) {
      for (const [way, asked] of Object.entries({ withoutNames: nameless, ...ways })) {
        const began = performance.now();
        let answered = 0;
        const ask = async (_: unknown, place: number) => {
          for (let seed = place; performance.now() - began < 600; seed += 8) {
            await asked(requestOf(pairs, seed, place % 2 ? 'one' : 'two'));
            answered += pairs;
          }
        };
        await Promise.all(Array.from({ length: 8 }, ask));
        times.add(way, (answered * 1000) / (performance.now() - began));
      }
    }
    const medians = Object.entries(times.of).map(([way, all]) => [way, Math.round(at(all, 0.5))]);
    rates.push({ pairs, ...Object.fromEntries(medians) });
  }
  return rates;
}

/** Runs `during` while requests of the flood are open, and some of them are answered. */
async function besideFlood(
  asked: Asked,
  requestOf: (seed: number) => RerankRequest,
  during: () => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const begun = Promise.withResolvers<void>();
  let [seed, answered] = [0, 0];
  const callers = Array.from({ length: open }, async () => {
    while (!stop.signal.aborted) {
      seed += 1;
      await asked({ ...requestOf(seed), signal: stop.signal }).catch(() => {});
      answered += 1;
      if (answered === 3) begun.resolve();
    }
  });
  await Promise.race([begun.promise, pause(500)]);
  try {
    await during();
  } finally {
    stop.abort();
    await Promise.all(callers);
  }
}

type RequestOf = (pairs: number, seed: number, caller: string) => RerankRequest & { deadlineAt?: undefined };

/** Made before, as the event loop that writes texts would hold up what is measured. */
async function requests(directory: string): Promise<RequestOf> {
  const made = await MadeUpTexts.open(directory);
  const of = (pairs: number) =>
    Array.from({ length: texts }, (_, seed) => made.request(workloads['W1']!, pairs, seed));
  const bySize = new Map([10, 100].map((pairs) => [pairs, of(pairs)]));
  return (pairs, seed, caller) => {
    const { query, passages } = bySize.get(pairs)![seed % texts]!;
    return { query, passages, caller };
  };
}

/** The same model without the callers' names, as a service behind HTTP is asked. */
function withoutNames(reranker: CrossEncoder): Reranker {
  return {
    name: reranker.name,
    score: ({ caller: _, ...request }: RerankRequest) => reranker.score(request as never),
  };
}

function scoreOf(reranker: Reranker): Asked {
  return (request) => reranker.score(request);
}

class Times {
  readonly of: Record<string, number[]> = {};

  add(way: string, value: number): void {
    const values = this.of[way] ?? [];
    this.of[way] = values;
    values.push(value);
  }

  /** Milliseconds alone, and the others divided by the same percentile alone. */
  summary(): object {
    const entries = Object.entries(this.of).map(([way, all]) => {
      const [p50, p95] = [at(all, 0.5), at(all, 0.95)];
      const alone = this.of[way.includes(rarely) ? `alone${rarely}` : 'alone']!;
      if (way.startsWith('alone'))
        return [way, { requests: all.length, p50Ms: rounded(p50), p95Ms: rounded(p95) }];
      const ratios = { p50: rounded(p50 / at(alone, 0.5)), p95: rounded(p95 / at(alone, 0.95)) };
      return [way, { requests: all.length, ...ratios, p95OverMedian: rounded(p95 / at(alone, 0.5)) }];
    });
    return Object.fromEntries(entries);
  }
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
