import { describeValue } from '@secondpass/core/extend';
import { refuse } from './evaluation-error.ts';
import type { TextLine, TextLines } from './text-line.ts';

/** @throws RetrievalError `invalid-options` unless it is a list of strings */
export function checkIds(ids: unknown, what: string): asserts ids is readonly string[] {
  if (!Array.isArray(ids)) throw refuse(`${what} is ${describeValue(ids)}.`, 'Pass a list of ids.');
  for (const [index, id] of ids.entries()) {
    if (typeof id !== 'string')
      throw refuse(`${what}[${index}] is ${describeValue(id)}.`, 'Pass ids as strings.');
  }
}

/** @throws RetrievalError `invalid-options` unless it is a list of passages with an id and a score */
export function checkRanking(ranking: unknown): void {
  if (!Array.isArray(ranking))
    throw refuse(`The ranking is ${describeValue(ranking)}.`, 'Pass a list of { id, score }.');
  for (const [index, passage] of ranking.entries()) {
    if (typeof passage?.id !== 'string' || typeof passage.score !== 'number')
      throw refuse(`Passage ${index} of the ranking has no id or no score.`, 'Pass a list of { id, score }.');
  }
}

/** @throws RetrievalError `invalid-options` unless it is a list or a stream */
export function checkStream(given: unknown, what: string): void {
  const items = typeof given === 'object' && given !== null ? given : {};
  if (Symbol.iterator in items || Symbol.asyncIterator in items) return;
  throw refuse(`${what} is ${describeValue(given)}.`, 'Pass a list or a stream.');
}

/** The lines of a file, each checked to be a line. */
export async function* checkedLines(lines: TextLines): AsyncGenerator<TextLine> {
  checkStream(lines, 'lines');
  for await (const line of lines) {
    if (typeof line?.text !== 'string' || typeof line.number !== 'number')
      throw refuse(`A line is ${describeValue(line)}.`, 'Pass lines as { number, text }.');
    yield line;
  }
}
