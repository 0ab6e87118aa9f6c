/** A request to a reranker, whatever its dialect. */
export interface RerankCall {
  /** `undefined` for the first one served. */
  readonly model: string | undefined;
  readonly query: string;
  readonly texts: readonly string[];
  /** @default all */
  readonly topK: number | undefined;
  /** Whether a text that the model reads only in part is an error. */
  readonly refuseCut: boolean;
}

/** One document of the answer. */
export interface RerankedDocument {
  /** Its index in the request. */
  readonly index: number;
  /** In [0, 1]. */
  readonly score: number;
  /** The model's own number. */
  readonly rawScore: number;
}

/** The answer, best first. */
export interface Reranked {
  /** The name that the reranker is served by. */
  readonly model: string;
  readonly documents: readonly RerankedDocument[];
}
