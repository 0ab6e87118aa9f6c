import { createReadStream } from 'node:fs';
import { checkQuery } from '@secondpass/core/extend';
import { inputError, place } from './input-error.ts';
import { describe, isRecord, parseJsonLine, readId, readText } from './json-line.ts';
import { readLines } from './lines.ts';

/** A query with its id. */
export interface JudgedQuery {
  readonly id: string;
  readonly text: string;
}

/** Reads the wanted queries of a file, one at a time. @throws RetrievalError naming the line */
export async function* readQueries(
  file: string,
  isWanted: (id: string) => boolean,
): AsyncGenerator<JudgedQuery> {
  const lineOfId = new Map<string, number>();
  for await (const { number, text } of readLines(createReadStream(file), file)) {
    if (text.trim() === '') continue;
    const where = place(file, number);
    const value = parseJsonLine(text, where);
    if (!isRecord(value)) {
      throw inputError(
        where,
        `The line is ${describe(value)}, and an object was expected.`,
        'Write {"id": …, "text": …} on each line.',
      );
    }
    const id = readId(value['id'] ?? value['_id'], where);
    if (!isWanted(id)) continue;
    const first = lineOfId.get(id);
    if (first !== undefined) {
      throw inputError(
        where,
        `The query ${describe(id)} already occurs on line ${first}.`,
        'Give each query a unique id.',
      );
    }
    lineOfId.set(id, number);
    const query = readText(value['text'], '"text"', where);
    checkQuery(query, where);
    yield { id, text: query };
  }
}
