import type { QueryToRerank } from './query-to-rerank.ts';

/** One of several equal shares of a job: every `of`-th query, from the `number`-th. */
export interface Part {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/** The queries of one part. */
export async function* partOf(
  input: AsyncIterable<QueryToRerank>,
  part: Part | undefined,
): AsyncGenerator<QueryToRerank> {
  let index = 0;
  for await (const query of input) {
    if (!part || index % part.of === part.number - 1) yield query;
    index += 1;
  }
}
