/** What the caller asked. `vector` is present once an {@link Embedder} has read `text`. */
export interface Query {
  readonly text: string;
  /** As many finite numbers as the source's index has. */
  readonly vector?: Float32Array;
}
