import type { Candidate } from '../seams/candidate.ts';

/** A place in a text, in UTF-16 code units; `end` is exclusive. */
export interface TextSpan {
  /** First UTF-16 code unit. */
  readonly start: number;
  /** One past the last code unit. */
  readonly end: number;
}

/** One numbered passage of a context, and where it comes from. */
export interface Citation {
  /** What the answer cites it by, in brackets; from 1, in the order of the text. */
  readonly number: number;
  /** Id of the best hit in it. */
  readonly id: string;
  /** Ids of every hit in it. Two or more if neighbors or a parent joined them. */
  readonly hitIds: readonly string[];
  /** Ids of what its text was made of, in reading order. */
  readonly textIds: readonly string[];
  /** The best hit's score. */
  readonly score: number;
  /** The best hit's candidate, with its payload. */
  readonly candidate: Candidate;
  /** What `titleOf` gave. */
  readonly title?: string;
  /** The passage as it was stored, joined with its neighbors, and cut if `cut` is true. */
  readonly passage: string;
  /** Its place in the context's text, marks and escapes included. */
  readonly span: TextSpan;
  /** Whether its end was cut off because the budget was used up. */
  readonly cut: boolean;
}

/** A hit that is in no citation, and why. */
export interface LeftOut {
  readonly id: string;
  readonly reason: 'below-min-score' | 'near-duplicate' | 'no-room';
  /** The better hit that it duplicates. */
  readonly duplicateOf?: string;
}

/** Passages for a prompt. Each hit is in one citation or is left out. */
export interface Context {
  /** Goes into the prompt as it is; empty if nothing fits. */
  readonly text: string;
  readonly citations: readonly Citation[];
  /** Tokens of `text`, as `countTokens` counts; never above the budget. */
  readonly usedTokens: number;
  readonly leftOut: readonly LeftOut[];
}
