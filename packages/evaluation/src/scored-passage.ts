/** One passage of an unsorted ranking; higher scores are better. */
export interface ScoredPassage {
  readonly id: string;
  /** On any scale; higher is better. */
  readonly score: number;
}
