import { checkedLines } from './check-given.ts';
import { columnsOf } from './columns.ts';
import { badLine } from './evaluation-error.ts';
import type { QueryRanking } from './measure-run.ts';
import type { ScoredPassage } from './scored-passage.ts';
import type { TextLines } from './text-line.ts';

/**
 * Reads the queries of a run in TREC's form, one after the other: each line is `query iteration passage rank score
 * name`. Only one ranking is in memory at a time. The rank is ignored, as in trec_eval. All lines of a query must be
 * adjacent.
 *
 * @param file names the file in errors
 * @throws RetrievalError `invalid-document`, naming the line
 *
 * @example
 * import { readRun } from '@secondpass/evaluation';
 * const lines = [{ number: 1, text: 'q1 Q0 a 1 0.9 my-run' }];
 * for await (const { query, ranking } of readRun(lines, 'run.txt')) {
 *   [query, ranking]; // → [ 'q1', [ { id: 'a', score: 0.9 } ] ]
 * }
 */
export async function* readRun(lines: TextLines, file: string): AsyncGenerator<QueryRanking> {
  const begunAt = new Map<string, number>();
  let query: string | undefined;
  let ranking: ScoredPassage[] = [];
  let lineOfId = new Map<string, number>();
  for await (const { number, text } of checkedLines(lines)) {
    const words = columnsOf(text);
    if (words.length === 0) continue;
    const where = `${file}:${number}`;
    const [ofQuery, , id, , score] = words as [string, string, string, string, string];
    if (words.length !== 6) {
      throw badLine(
        where,
        `The line has ${words.length} ${words.length === 1 ? 'column' : 'columns'}, and 6 were expected.`,
        'Write `query Q0 passage rank score name`, and no spaces inside an id.',
      );
    }
    if (ofQuery !== query) {
      if (query !== undefined) yield { query, ranking };
      refuseScattered(ofQuery, begunAt, where);
      begunAt.set(ofQuery, number);
      query = ofQuery;
      ranking = [];
      lineOfId = new Map();
    }
    const first = lineOfId.get(id);
    if (first !== undefined) {
      throw badLine(
        where,
        `Query ${JSON.stringify(query)} already has the passage ${JSON.stringify(id)} on line ${first}.`,
        'Keep one of the two lines: a passage has one rank.',
      );
    }
    lineOfId.set(id, number);
    ranking.push({ id, score: readScore(score, where) });
  }
  if (query === undefined) {
    throw badLine(file, 'The run is empty.', 'Write lines of the form `query Q0 passage rank score name`.');
  }
  yield { query, ranking };
}

function refuseScattered(query: string, begunAt: ReadonlyMap<string, number>, where: string): void {
  const first = begunAt.get(query);
  if (first === undefined) return;
  throw badLine(
    where,
    `Query ${JSON.stringify(query)} continues here, but its other lines start at ${first}.`,
    'Put the lines of each query together, for example with `sort -s -k1,1`.',
  );
}

function readScore(text: string, where: string): number {
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity;
  if (isNumber) return Number(text);
  throw badLine(
    where,
    `The score is ${JSON.stringify(text)}, and a number was expected.`,
    'Give the passage a score, or remove the line.',
  );
}
