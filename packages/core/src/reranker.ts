export interface RerankRequest {
  readonly query: string;
  readonly passages: readonly string[];
  /** Removes waiting work at once; work that a processor has begun ends with its batch. */
  readonly signal?: AbortSignal;
}

/** What stage 2 says of one passage. */
export interface PassageScore {
  /** Relevance in [0, 1], rising with `rawScore`; computed in float64. Ranking goes by `rawScore`, which never saturates. */
  readonly score: number;
  /** The model's own number, on the scale that its manifest states; higher is better. */
  readonly rawScore: number;
  /** How many tokens of the passage the model did not read because the pair was too long. */
  readonly tokensCut: number;
}

/** Stage 2: reads each (query, passage) pair. It never sorts: ranking is the pipeline's. */
export interface Reranker {
  readonly name: string;
  /**
   * One score per passage, in input order; `[]` for no passages.
   * Rejects with `RetrievalError`, or with the signal's reason once aborted.
   */
  score(request: RerankRequest): Promise<readonly PassageScore[]>;
  /** Frees what it holds. Safe to call twice. */
  close?(): Promise<void>;
}
