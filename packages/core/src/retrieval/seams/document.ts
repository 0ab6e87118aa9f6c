/** One passage as the caller stores it: what stage 1 indexes and stage 2 reads. */
export interface Document {
  /** Unique within its table or collection; writing the same id again replaces it. */
  readonly id: string;
  readonly text: string;
  /** Anything that JSON can carry: title, file, date, tags. Filters read it. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A document with the vector that a bi-encoder made of its text. */
export interface EmbeddedDocument extends Document {
  readonly vector: Float32Array;
}
