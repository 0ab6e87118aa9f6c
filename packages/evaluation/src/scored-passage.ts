/** One line of a ranking that is still to be put in order: higher scores are better. */
export interface ScoredPassage {
  readonly id: string;
  /** On any scale; higher is better. */
  readonly score: number;
}
