import { createReadStream } from 'node:fs';
import { RetrievalError } from '@secondpass/core';
import { checkQuery, describeAsJson } from '@secondpass/core/extend';
import { inputError, place } from '../../corpus/input-error.ts';
import { isRecord, parseJsonLine, readId, readText } from '../../corpus/json-line.ts';
import { readLines } from '../../corpus/lines.ts';

/** At most this many passages of one query: what a stage 1 returns, with room to spare. */
export const mostPassages = 10_000;

export interface PassageToRerank {
  readonly id: string;
  readonly text: string;
}

/** One query of a job with its passages, in stage 1's order; or what is wrong with its line. */
export interface QueryToRerank {
  readonly id: string | null;
  /** Where it was read, as `file:line`. */
  readonly where: string;
  readonly query?: { readonly text: string; readonly passages: readonly PassageToRerank[] };
  readonly failure?: RetrievalError;
}

/**
 * The queries of a JSONL file: `{"id", "text", "documents": [{"id", "text"}, …]}` a line, `_id` being read as `id`. A line that cannot
 * be read is a failure of its own, and the lines after it are read.
 *
 * @param shared the passages of a query without `documents`; absent: such a query is a failure
 */
export async function* readQueriesToRerank(
  file: string,
  shared?: readonly PassageToRerank[],
): AsyncGenerator<QueryToRerank> {
  for await (const { number, text } of readLines(createReadStream(file), file)) {
    if (text.trim() === '') continue;
    const where = place(file, number);
    let id: string | null = null;
    try {
      const value = parseJsonLine(text, where);
      if (!isRecord(value)) throw inputError(where, 'The line is not an object.', expected);
      id = readId(value['id'] ?? value['_id'], where);
      yield { id, where, query: readQuery(value, where, shared) };
    } catch (error) {
      if (!(error instanceof RetrievalError)) throw error;
      yield { id, where, failure: error };
    }
  }
}

const expected = 'Write {"id": …, "text": …, "documents": [{"id": …, "text": …}]} on each line.';

function readQuery(
  value: Record<string, unknown>,
  where: string,
  shared: readonly PassageToRerank[] | undefined,
) {
  const text = readText(value['text'], '"text"', where);
  checkQuery(text, where);
  const { documents } = value;
  if (documents === undefined && shared) return { text, passages: shared };
  if (documents === undefined) {
    throw inputError(
      where,
      'The query has no "documents".',
      'Add them, or give the same to all queries with --documents.',
    );
  }
  if (!Array.isArray(documents)) {
    throw inputError(
      where,
      `"documents" is ${describeAsJson(documents)}, and a list was expected.`,
      expected,
    );
  }
  checkCount(documents.length, where);
  const places = new Map<string, number>();
  const passages = documents.map((document, index) => {
    const inside = `${where}: documents.${index}`;
    if (!isRecord(document)) throw inputError(inside, 'It is not an object.', expected);
    const id = readId(document['id'] ?? document['_id'], inside);
    const first = places.get(id);
    if (first !== undefined) {
      throw inputError(inside, `Its id is that of documents.${first}.`, 'Give each document a unique id.');
    }
    places.set(id, index);
    return { id, text: readText(document['text'], '"text"', inside) };
  });
  return { text, passages };
}

/** @throws RetrievalError `invalid-document` for more passages than a query may have */
export function checkCount(count: number, where: string): void {
  if (count <= mostPassages) return;
  throw inputError(
    where,
    `The query has ${count.toLocaleString('en')} documents, above the limit of ${mostPassages.toLocaleString('en')}.`,
    'Give it what a stage 1 returns: 50 to 500.',
  );
}
