import {
  type Candidate,
  type OnDegraded,
  type PassageScore,
  type Reranker,
  RetrievalError,
  type Stage1Scores,
} from '@secondpass/core';
import { isCascade } from '@secondpass/core/extend';
import type { ScoresByScorer } from './measure-settings.ts';
import type { Scorer } from './scorer.ts';

export interface ScoreRequest {
  readonly query: string;
  /** Best first. */
  readonly candidates: readonly Candidate[];
  /** What a reranker that blends by itself is told of the candidates' scores. */
  readonly stage1: Omit<Stage1Scores, 'scores'>;
  readonly signal?: AbortSignal | undefined;
  readonly onDegraded?: OnDegraded;
}

/**
 * Every scorer's scores of one query's candidates: each pair once. A cascade's scores depend on the whole list, so it reads
 * the candidates of each depth.
 *
 * @throws RetrievalError of a scorer; `rerank-failed` if its answer is degraded, because then another model would be
 * measured
 */
export async function scoreCandidates(
  request: ScoreRequest,
  scorers: readonly Scorer[],
  depths: readonly number[],
): Promise<ScoresByScorer> {
  const { candidates } = request;
  const all = new Map<string, ReadonlyMap<number, readonly PassageScore[]>>();
  for (const { key, reranker } of scorers) {
    let told: string | undefined;
    const onDegraded: OnDegraded = ({ reason }) => {
      told = reason;
    };
    const scores = new Map<number, readonly PassageScore[]>();
    for (const length of lengthsOf(reranker, candidates.length, depths)) {
      scores.set(
        length,
        await score(reranker, { ...request, candidates: candidates.slice(0, length), onDegraded }),
      );
    }
    all.set(key, scores);
    if (told !== undefined) throw incomplete(key, told);
  }
  return (key, depth) => {
    const length = Math.min(depth, candidates.length);
    const scores = all.get(key)!;
    return scores.get(length) ?? scores.get(candidates.length)!.slice(0, length);
  };
}

function lengthsOf(reranker: Reranker, found: number, depths: readonly number[]): ReadonlySet<number> {
  return new Set(isCascade(reranker) ? depths.map((depth) => Math.min(depth, found)) : [found]);
}

/** One score per candidate; no candidates need no reranker. */
export async function score(
  reranker: Reranker,
  { query, candidates, stage1, signal, onDegraded }: ScoreRequest,
): Promise<readonly PassageScore[]> {
  if (candidates.length === 0) return [];
  const scores = await reranker.score({
    query,
    passages: candidates.map(({ text }) => text),
    ids: candidates.map(({ id }) => id),
    stage1: { ...stage1, scores: candidates.map((candidate) => candidate.score) },
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
