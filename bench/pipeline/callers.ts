import { type Ranking, RetrievalError, type RetrieveOptions, type TwoStageRetriever } from '@secondpass/core';
import { percentiles } from '@secondpass/evaluation';

export interface CallersOptions {
  readonly retriever: TwoStageRetriever;
  readonly queries: readonly string[];
  /** Each asks again as soon as it has an answer. */
  readonly callers: number;
  readonly seconds: number;
  readonly options?: RetrieveOptions;
  /** Looks at an answer; what it throws counts as a wrong order. */
  readonly check?: (ranking: Ranking) => void;
  /** Milliseconds after which a call counts as hanging. @default 60_000 */
  readonly hangsAfterMs?: number;
}

export interface CallersReport {
  readonly callers: number;
  readonly seconds: number;
  readonly answersPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | undefined;
  readonly full: number;
  /** By stage. */
  readonly degraded: Readonly<Record<string, number>>;
  /** Typed errors, by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Neither an answer nor a typed error: what must not be. */
  readonly wrong: readonly string[];
  /** Answers of the caller who had most and of the one who had least. */
  readonly answersOfACaller: { readonly most: number; readonly least: number };
}

/** So many callers in a closed loop, for so long. */
export async function runCallers(request: CallersOptions): Promise<CallersReport> {
  const { retriever, queries, callers, seconds, options = {}, check, hangsAfterMs = 60_000 } = request;
  const latencies: number[] = [];
  const degraded: Record<string, number> = {};
  const errors: Record<string, number> = {};
  const wrong: string[] = [];
  const answers = new Array<number>(callers).fill(0);
  let full = 0;
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(
    answers.map(async (_, caller) => {
      for (let turn = caller; performance.now() < until; turn += 1) {
        const asked = performance.now();
        const call = retriever.retrieve(queries[turn % queries.length]!, options);
        try {
          const ranking = await withinLimit(call, hangsAfterMs);
          latencies.push(performance.now() - asked);
          answers[caller]! += 1;
          check?.(ranking);
          if (ranking.degraded) count(degraded, ranking.degraded.stage);
          else full += 1;
        } catch (error) {
          if (RetrievalError.is(error)) count(errors, error.code);
          else wrong.push(String(error).slice(0, 200));
          // A refusal comes at once; a caller who asks again without a pause would measure nothing else.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }),
  );
  const duration = (performance.now() - started) / 1000;
  return {
    callers,
    seconds: duration,
    answersPerSecond: latencies.length / duration,
    latencyMs: percentiles(latencies),
    full,
    degraded,
    errors,
    wrong,
    answersOfACaller: { most: Math.max(...answers), least: Math.min(...answers) },
  };
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

async function withinLimit<T>(call: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([call, limit]);
  } finally {
    clearTimeout(timer);
  }
}
