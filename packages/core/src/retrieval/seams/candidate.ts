/** A source that found a fused candidate, with its rank and score there. */
export interface Finding {
  readonly source: string;
  /** Its id in that source, if the candidate has another id. */
  readonly id?: string;
  /** Its place in that source's list, from 1. */
  readonly rank: number;
  /** Its score there, on that source's scale. */
  readonly score: number;
}

/**
 * What is stored with a passage: JSON values by field. An integer that a `number` would round is a `bigint`, which
 * `JSON.stringify` refuses: `stringifyJson` of `@secondpass/core/extend` writes it.
 */
export type Payload = Readonly<Record<string, unknown>>;

/**
 * One passage that stage 1 returned for a query, as the engine ranked it.
 *
 * @typeParam P the payload's fields, if you know them: you state the type, and it is not checked at run time
 */
export interface Candidate<P extends object = Payload> {
  readonly id: string;
  /** The passage that stage 2 reads. A candidate without text stays below those that were scored. */
  readonly text: string;
  /** Stage-1 score; higher is better, always. Comparable within one source only. */
  readonly score: number;
  /** Stage-1 rank: 1 is best, no gaps. */
  readonly rank: number;
  /** What is stored with the passage; absent if nothing is stored, or if it was not requested. */
  readonly payload?: P;
  /** The sources that found it, when several were asked and their lists fused. */
  readonly foundBy?: readonly Finding[];
}
