import { askedBy } from '../../foundation/asked-by.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { checkScores } from '../ranking/check-scores.ts';
import type { Degradation } from '../seams/degradation.ts';
import type { PassageScore, Reranker, RerankRequest } from '../seams/reranker.ts';

/** The outcome of asking a reranker once. */
export type RerankerAnswer =
  | {
      /** `partial`: at least one score is `null`. */
      readonly kind: 'full' | 'partial';
      readonly scores: readonly (PassageScore | null)[];
      readonly degradations: readonly Degradation[];
    }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'late' | 'withdrawn' };

export interface AskedReranker {
  /** Never rejects, and settles at `until` at the latest. */
  readonly answer: Promise<RerankerAnswer>;
  /** Aborts the call if it is under way. */
  withdraw(): void;
}

/** A timer may fire this much early, so less remaining time than this counts as none. */
const leastMs = 2;

/** Longest delay that a timer takes. */
const longestDelayMs = 2 ** 31 - 1;

/** A reranker is asked to answer this much earlier than it is abandoned. */
const marginMs = 3;

/** Whether there is no time left. @param deadline on the clock of `performance.now()` */
export function isTimeUp(deadlineAt: number | undefined): boolean {
  return deadlineAt !== undefined && deadlineAt - performance.now() < leastMs;
}

/**
 * Asks a reranker for scores and checks them. It waits no longer than `until`, even for a reranker that ignores its
 * signal.
 *
 * @param until on the clock of `performance.now()`; the reranker is told of it only if the request has a deadline
 */
export function askReranker(reranker: Reranker, request: RerankRequest, until: number): AskedReranker {
  const { query, passages, ids, stage1, signal } = request;
  if (isTimeUp(until)) return { answer: Promise.resolve({ kind: 'late' }), withdraw: () => {} };
  const { promise, resolve } = Promise.withResolvers<RerankerAnswer>();
  const stop = new AbortController();
  const degradations: Degradation[] = [];
  const left = until - performance.now();
  let settled = false;
  const settle = (answer: RerankerAnswer) => {
    settled = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    resolve(answer);
  };
  const end = (kind: 'late' | 'withdrawn', reason?: unknown) => {
    if (settled) return;
    settle({ kind });
    stop.abort(reason);
  };
  const abort = () => end('withdrawn', signal?.reason);
  const timer = setTimeout(() => end('late'), Math.min(left, longestDelayMs));
  signal?.addEventListener('abort', abort, { once: true });
  const part = {
    query,
    passages,
    ...(ids && { ids }),
    ...(stage1 && { stage1 }),
    ...askedBy(request),
    signal: stop.signal,
    onDegraded: (degradation: Degradation) => void degradations.push(degradation),
  };
  const timed = request.deadlineAt !== undefined;
  const score = async () =>
    timed
      ? reranker.score({ ...part, deadlineAt: until - Math.min(marginMs, left / 10) })
      : reranker.score(part);
  score().then(
    (scores) => settle(read(scores, degradations, { expected: passages.length, name: reranker.name, timed })),
    (error: unknown) => settle({ kind: 'failed', error }),
  );
  if (signal?.aborted) abort();
  return { answer: promise, withdraw: () => end('withdrawn') };
}

/** Whether another reranker would fail in the same way, because the caller's input is wrong. */
export function isCallersMistake(error: unknown): boolean {
  return (
    RetrievalError.is(error) && ['invalid-query', 'invalid-passage', 'invalid-options'].includes(error.code)
  );
}

/**
 * A failure in one word: our code, or the name of a foreign error. Messages may quote what was sent, so they are left
 * out.
 */
export function failureCode(error: unknown): string {
  if (RetrievalError.is(error)) return error.code;
  return error instanceof Error ? error.name : typeof error;
}

function read(
  scores: readonly (PassageScore | null)[],
  degradations: readonly Degradation[],
  { expected, name, timed }: { readonly expected: number; readonly name: string; readonly timed: boolean },
): RerankerAnswer {
  try {
    checkScores(scores, expected, name, timed);
  } catch (error) {
    return { kind: 'failed', error };
  }
  if (!scores.includes(null)) return { kind: 'full', scores, degradations };
  return scores.some((score) => score !== null)
    ? { kind: 'partial', scores, degradations }
    : { kind: 'late' };
}
