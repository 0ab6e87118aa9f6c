import {
  type Candidate,
  type OnDegraded,
  type PassageScore,
  type Reranker,
  RetrievalError,
} from '@secondpass/core';
import type { ScoresByScorer } from './measure-settings.ts';
import type { Scorer } from './scorer.ts';

/**
 * Every scorer's scores of one query's candidates, each pair once.
 *
 * @throws RetrievalError of a scorer; `rerank-failed` if its answer is degraded, because then another model would be
 * measured
 */
export async function scoreCandidates(
  query: string,
  candidates: readonly Candidate[],
  scorers: readonly Scorer[],
  signal: AbortSignal | undefined,
): Promise<ScoresByScorer> {
  const scores = new Map<string, readonly PassageScore[]>();
  for (const { key, reranker } of scorers) {
    let told: string | undefined;
    const onDegraded: OnDegraded = ({ reason }) => {
      told = reason;
    };
    scores.set(key, await score(reranker, query, candidates, signal, onDegraded));
    if (told !== undefined) throw incomplete(key, told);
  }
  return scores;
}

/** One score per candidate; no candidates need no reranker. */
export async function score(
  reranker: Reranker,
  query: string,
  candidates: readonly Candidate[],
  signal: AbortSignal | undefined,
  onDegraded?: OnDegraded,
): Promise<readonly PassageScore[]> {
  if (candidates.length === 0) return [];
  const scores = await reranker.score({
    query,
    passages: candidates.map(({ text }) => text),
    ids: candidates.map(({ id }) => id),
    ...(signal && { signal }),
    ...(onDegraded && { onDegraded }),
  });
  const isList = Array.isArray(scores) && scores.length === candidates.length;
  if (isList && scores.every((one) => Number.isFinite(one?.rawScore))) return scores;
  throw incomplete(reranker.name, 'not one score for each passage');
}

function incomplete(origin: string, reason: string): RetrievalError {
  return new RetrievalError({
    code: 'rerank-failed',
    origin,
    problem: `Its answer was incomplete: ${reason.replace(/\.?$/, '.')}`,
    nextStep: 'Tune while every model is available, or leave this one out.',
  });
}
