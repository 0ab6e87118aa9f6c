import { setImmediate } from 'node:timers/promises';
import type { Candidate, Stage1Scores } from '@secondpass/core';
import { percentiles } from '@secondpass/evaluation';
import { shuffled } from './folds.ts';
import type { SearchCandidates } from './judged-query.ts';
import { meanOf } from './mean-interval.ts';
import { score } from './score-candidates.ts';
import type { Scorer } from './scorer.ts';
import type { SettingCost } from './setting-cost.ts';

/** How long one stage took at one depth. */
export interface TimedDepth extends SettingCost {
  /** The scorer's key; `null` for stage 1: embedding and search. */
  readonly scorer: string | null;
  /** Candidates that the stage handled. */
  readonly depth: number;
  /** How many queries were timed. */
  readonly rounds: number;
  /**
   * For stage 1 only: the share of ranks with the same candidate as at the greatest depth. Below 1, the figures of
   * lower depths are only near: they were measured on the beginning of a longer list.
   */
  readonly samePlaces?: number;
}

export interface TimeSettingsRequest {
  readonly scorers: readonly Scorer[];
  readonly depths: readonly number[];
  readonly search: SearchCandidates;
  /** Asked after each search. */
  readonly stage1: () => Omit<Stage1Scores, 'scores'>;
  /** Each round takes the next query; after the last one it starts again. At least one. */
  readonly queries: readonly string[];
  readonly rounds: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRound?: ((done: number) => void) | undefined;
}

interface Contender {
  readonly scorer: Scorer | null;
  readonly depth: number;
  readonly times: number[];
  /** For stage 1: the share of equal ranks, one per round. */
  readonly shares: number[];
}

/**
 * Times each scorer and stage 1 at each depth, with real work, one query at a time. Every round runs all of them in a
 * new random order, so that other load on the machine affects all equally.
 */
export async function timeSettings(request: TimeSettingsRequest): Promise<readonly TimedDepth[]> {
  const { scorers, depths, search, stage1, queries, rounds, seed, signal, onRound } = request;
  const contenders: readonly Contender[] = [null, ...scorers].flatMap((scorer) =>
    depths.map((depth) => ({ scorer, depth, times: [], shares: [] })),
  );
  const deepest = Math.max(...depths);
  const found = async (query: string) => ({
    query,
    candidates: await search(query, deepest, signal),
    stage1: stage1(),
    signal,
  });
  const warmUp = await found(queries[0]!);
  for (const { reranker } of scorers) await score(reranker, warmUp);
  for (let round = 0; round < rounds; round += 1) {
    const asked = await found(queries[round % queries.length]!);
    const { query, candidates } = asked;
    for (const { scorer, depth, times, shares } of shuffled(contenders, seed + round)) {
      // Finish the remaining work of the previous turn before this one is timed.
      await setImmediate();
      const started = performance.now();
      if (scorer) await score(scorer.reranker, { ...asked, candidates: candidates.slice(0, depth) });
      else shares.push(samePlaces(await search(query, depth, signal), candidates));
      times.push(performance.now() - started);
    }
    onRound?.(round + 1);
  }
  return contenders.map(({ scorer, depth, times, shares }) => {
    const { p50, p95 } = percentiles(times)!;
    return {
      scorer: scorer?.key ?? null,
      depth,
      p50Ms: rounded(p50),
      p95Ms: rounded(p95),
      rounds,
      ...(shares.length > 0 && { samePlaces: meanOf(shares) }),
    };
  });
}

function samePlaces(given: readonly Candidate[], longer: readonly Candidate[]): number {
  if (given.length === 0) return 1;
  return given.filter(({ id }, place) => longer[place]?.id === id).length / given.length;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
