/** What the caller asked. `vector` is present once an {@link Embedder} has read `text`. */
export interface Query {
  readonly text: string;
  readonly vector?: Float32Array;
}
