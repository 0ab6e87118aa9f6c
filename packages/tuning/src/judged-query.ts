import type { Candidate } from '@secondpass/core';
import type { QueryJudgments } from '@secondpass/evaluation';

/** A query with its relevance judgments. */
export interface JudgedQuery {
  readonly id: string;
  readonly text: string;
  readonly judgments: QueryJudgments;
}

/** Stage 1: embeds if needed, and searches. Returns at most `depth` candidates, best first. */
export type SearchCandidates = (
  query: string,
  depth: number,
  signal?: AbortSignal,
) => Promise<readonly Candidate[]>;
