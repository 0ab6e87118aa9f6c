import type { OnDegraded } from './degradation.ts';

/** One query and its passages for a {@link Reranker}. */
export interface RerankRequest {
  readonly query: string;
  readonly passages: readonly string[];
  /**
   * The passages' ids in their source, in the same order; for rerankers that look up what was computed beforehand.
   * A reranker may ignore them, and must score without them.
   */
  readonly ids?: readonly string[];
  /** Removes waiting work at once; work that a processor has begun ends with its batch. */
  readonly signal?: AbortSignal;
  /**
   * When to answer with what is there, in milliseconds on the clock of `performance.now()`. The first passages are
   * scored first, so give them in stage-1 order; those not scored in time are answered with `null`. A reranker that
   * cannot stop in the middle may ignore it and score all.
   */
  readonly deadlineAt?: number;
  /** Told when the scores are not what the reranker would give in full: another model's, or fewer. */
  readonly onDegraded?: OnDegraded;
}

/** What stage 2 says of one passage. */
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
   * Where several models read a list in turn: how many had read this passage before, from 0. Raw scores compare within
   * one tier only; a higher tier ranks above a lower one. Absent where one model reads all.
   */
  readonly cascadeStage?: number;
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

/** How much of stage 1 a reranker is best blended with, and which stage 1 that was found with. */
export interface DefaultBlend {
  /** Weight of stage 1 in the order, above 0, at most 1. */
  readonly weight: number;
  /** Holds where stage 1's score is the cosine of this embedder's vectors, told by its `fingerprint`. */
  readonly embedder: { readonly name: string; readonly fingerprint: string };
}

/** Stage 2: reads each (query, passage) pair. It never sorts: ranking is the pipeline's. */
export interface Reranker {
  readonly name: string;
  /**
   * Changes whenever the same pair would get another score, so that scores can be kept. Absent where that is not known.
   */
  readonly fingerprint?: string;
  /** What the pipeline blends by where the caller states no `blend`. Absent: by nothing. */
  readonly defaultBlend?: DefaultBlend;
  /**
   * One score per passage, in input order; `[]` for no passages. Without a `deadlineAt` no score is `null`.
   * Rejects with `RetrievalError`, or with the signal's reason once aborted.
   */
  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}
