import { z } from 'zod';
import { callback, integer, number } from '../../foundation/check-options.ts';
import { type Displacement, displacementOf } from './displacement.ts';

/** What reranking would have done to one answer that was served in stage-1 order. */
export interface ShadowRecord {
  readonly query: string;
  /** When the query was answered, in ISO 8601. */
  readonly at: string;
  /** How many candidates stage 1 gave. */
  readonly candidateCount: number;
  /** How many hits the query asked for. */
  readonly topK: number;
  /** Between stage 1's order and stage 2's; absent when stage 2 failed. */
  readonly displacement?: Displacement;
  /** Stage 2's first `topK`, best first; absent when it failed. */
  readonly hits?: readonly ShadowHit[];
  /** How long stage 2 took, in milliseconds. */
  readonly rerankMs: number;
  /** What stage 2 failed with; absent when it answered. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** Queries since the last record that were not reranked, because `maxPending` others were running. */
  readonly skipped: number;
}

/** A hit as reranking would have placed it: its id, both ranks and both scores. */
export interface ShadowHit {
  readonly id: string;
  readonly rank: number;
  readonly stage1Rank: number;
  readonly stage1Score: number;
  /** Absent if stage 2 did not score it. */
  readonly rawScore?: number;
}

/** Shadow mode: stage 1's order is served, and reranking is only recorded. */
export interface ShadowOptions {
  /**
   * Called once per query that was reranked, after its answer was served. Its errors are ignored; `settled()` waits
   * for its promise.
   */
  readonly record: (record: ShadowRecord) => void | Promise<void>;
  /** Share of the queries to rerank, chosen at random, from 0 to 1. @default 1 */
  readonly sample?: number;
  /** Queries reranked at the same time; beyond it they are skipped and counted. @default 4 */
  readonly maxPending?: number;
}

/** The pipeline's ranking by stage 2. */
export type ShadowOutcome =
  | { readonly order: readonly ShadowHit[] }
  | { readonly failure: { readonly code: string; readonly message: string } };

/** The schema of {@link ShadowOptions}, for the options that include them. */
export const shadowSchema = z.strictObject({
  record: callback<ShadowOptions['record']>('a record and keeps it'),
  sample: number(0, 1).optional(),
  maxPending: integer(1, 1_000_000).optional(),
});

/** Reranks after answers were served, and records what that would have changed. */
export class ShadowMode {
  readonly #options: Required<ShadowOptions>;
  readonly #pending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #skipped = 0;

  constructor({ record, sample = 1, maxPending = 4 }: ShadowOptions) {
    this.#options = { record, sample, maxPending };
  }

  /** Starts reranking, and returns at once. */
  start(
    query: string,
    topK: number,
    candidateCount: number,
    rerank: (signal: AbortSignal) => Promise<ShadowOutcome>,
  ): void {
    if (this.#closing.signal.aborted || Math.random() >= this.#options.sample) return;
    if (this.#pending.size >= this.#options.maxPending) {
      this.#skipped++;
      return;
    }
    const at = new Date().toISOString();
    const started = performance.now();
    const work = rerank(this.#closing.signal)
      .then(async (outcome) => {
        if (this.#closing.signal.aborted) return;
        const rerankMs = Math.round((performance.now() - started) * 100) / 100;
        const skipped = this.#skipped;
        this.#skipped = 0;
        await this.#options.record({
          query,
          at,
          candidateCount,
          topK,
          rerankMs,
          skipped,
          ...compared(outcome, topK),
        });
      })
      // No caller waits for this answer, and a recorder that throws must not end the process.
      .catch(() => {})
      .finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }

  /** Resolves when all started work is recorded. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Stops running work; it is not recorded. */
  async close(): Promise<void> {
    this.#closing.abort(new DOMException('The retriever was closed.', 'AbortError'));
    await this.settled();
  }
}

function compared(
  outcome: ShadowOutcome,
  topK: number,
): Pick<ShadowRecord, 'displacement' | 'hits' | 'failure'> {
  if ('failure' in outcome) return outcome;
  return {
    displacement: displacementOf(
      outcome.order.map(({ stage1Rank }) => stage1Rank),
      topK,
    ),
    hits: outcome.order.slice(0, topK),
  };
}
