import type { AskedBy } from '../../foundation/asked-by.ts';
import type { OnDegraded } from './degradation.ts';

/** One query and its passages for a {@link Reranker}. */
export interface RerankRequest extends AskedBy {
  readonly query: string;
  readonly passages: readonly string[];
  /**
   * The passages' ids in their source, in the same order; for rerankers that look up what was computed beforehand.
   * A reranker may ignore them, and must score without them.
   */
  readonly ids?: readonly string[];
  /**
   * Stage 1's scores, for a reranker that blends before it has finished: a cascade chooses its best passages by them. The
   * pipeline gives them; a reranker may ignore them, and must score without them.
   */
  readonly stage1?: Stage1Scores;
  /** Drops waiting work at once; a running batch finishes. */
  readonly signal?: AbortSignal;
  /**
   * When to answer with the scores so far, in milliseconds on the clock of `performance.now()`. The first passages
   * are scored first, so give them in stage-1 order; those not scored in time get `null`. A reranker that cannot stop
   * in the middle may ignore it and score all.
   */
  readonly deadlineAt?: number;
  /** Called when the scores are less than the full answer: another model's, or fewer. */
  readonly onDegraded?: OnDegraded;
}

/** What stage 1 says of a request's passages. */
export interface Stage1Scores {
  /** One per passage, in the same order; higher is better. */
  readonly scores: readonly number[];
  /** The fingerprint of the embedder, if the scores are the cosine of its vectors. Absent: another score, or unknown. */
  readonly cosineOf?: string;
  /** The caller's weight of stage 1, from 0 to 1, in place of what the models state (`Reranker.defaultBlend`). */
  readonly blend?: number;
}

/** Stage 2's result for one passage. */
export interface PassageScore {
  /** Relevance in [0, 1], rising with `rawScore`; computed in float64. Ranking goes by `rawScore`, which never saturates. */
  readonly score: number;
  /** The model's own number, on the scale that its manifest states; higher is better. */
  readonly rawScore: number;
  /** How many tokens of the passage the model did not read because the pair was too long. */
  readonly tokensCut: number;
  /** How many tokens of the query it did not read; absent when it read all. */
  readonly queryTokensCut?: number;
  /** The best part of a passage that was read in parts; absent when it was read in one. */
  readonly chunk?: PassageChunk;
  /**
   * If several models read a list in turn: how many of them read this passage before, from 0. Raw scores compare
   * within one tier only; a higher tier ranks above a lower one. Absent if one model reads all.
   */
  readonly cascadeStage?: number;
  /**
   * The weight of stage 1, above 0, at most 1, that the passages of this `cascadeStage` are best ordered with. `rank` uses it
   * if its caller states no `blend`. Absent: by `rawScore` alone.
   */
  readonly blend?: number;
}

/** A part of a passage. */
export interface PassageChunk {
  /** From 1 to `count`, in the passage's order. */
  readonly number: number;
  /** How many parts the passage was read in, from 1. */
  readonly count: number;
  /** First UTF-16 code unit in the passage, so that `passage.slice(start, end)` is the chunk. */
  readonly start: number;
  /** One past the last code unit. */
  readonly end: number;
}

/** The best blend of stage 1 with a reranker, and the stage 1 that it was found with. */
export interface DefaultBlend {
  /** Weight of stage 1 in the order, above 0, at most 1. */
  readonly weight: number;
  /**
   * Applies if stage 1's score is the cosine of this embedder's vectors. It is recognized by its `fingerprint`, of which
   * it has one for each precision.
   */
  readonly embedder: { readonly name: string; readonly fingerprints: readonly string[] };
}

/** Stage 2: reads each (query, passage) pair. It never sorts: ranking is the pipeline's. */
export interface Reranker {
  readonly name: string;
  /**
   * Changes whenever the same pair would get another score, so that scores can be kept. Absent if that is not known.
   */
  readonly fingerprint?: string;
  /** The pipeline's blend if the caller states no `blend`. Absent: no blend. */
  readonly defaultBlend?: DefaultBlend;
  /** Set if it gives callers and tenants equal shares of its time itself. */
  readonly sharesBetweenCallers?: true;
  /**
   * One score per passage, in input order; `[]` for no passages. Without a `deadlineAt` no score is `null`.
   * Rejects with `RetrievalError`, or with the signal's reason once aborted.
   */
  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}
