/** A line of a file, without its line break. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** The lines of a file, as a list or a stream. */
export type TextLines = Iterable<TextLine> | AsyncIterable<TextLine>;
