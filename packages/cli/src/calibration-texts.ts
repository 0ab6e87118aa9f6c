import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { inputError, place, unreadable } from './corpus/input-error.ts';
import { describe, isRecord, parseJsonLine, readText } from './corpus/json-line.ts';
import { readLines } from './corpus/lines.ts';

/** Texts to calibrate a model with: pairs for a cross-encoder, single texts for a bi-encoder. */
export type CalibrationTexts =
  | { readonly pairs: readonly { readonly query: string; readonly passage: string }[] }
  | { readonly texts: readonly string[] };

/**
 * A JSON Lines file of `{"query", "passage"}` or of `{"text"}`; the first line decides which. Other keys and blank
 * lines are ignored.
 *
 * @throws RetrievalError `invalid-document`, naming the line; `invalid-options` for a path that cannot be read
 */
export async function readCalibrationTexts(file: string): Promise<CalibrationTexts> {
  const entry = await stat(file).catch((error) => Promise.reject(unreadable(file, error)));
  if (entry.isDirectory()) throw unreadable(file, Object.assign(new Error('a folder'), { code: 'EISDIR' }));
  const [pairs, texts]: [{ query: string; passage: string }[], string[]] = [[], []];
  for await (const { number, text } of readLines(createReadStream(file), file)) {
    if (text.trim() === '') continue;
    const where = place(file, number);
    const row = parseJsonLine(text, where);
    if (!isRecord(row)) throw notARow(`The line is ${describe(row)}`, where);
    if ('text' in row && pairs.length === 0) {
      texts.push(readText(row['text'], '"text"', where));
    } else if (('query' in row || 'passage' in row) && texts.length === 0) {
      const [query, passage] = [row['query'], row['passage']];
      pairs.push({
        query: readText(query, '"query"', where),
        passage: readText(passage, '"passage"', where),
      });
    } else {
      throw notARow(`The line has the keys ${describe(Object.keys(row))}`, where);
    }
  }
  return texts.length > 0 ? { texts } : { pairs };
}

function notARow(found: string, where: string) {
  return inputError(
    where,
    `${found}, and a pair or a text was expected.`,
    'Write {"query": …, "passage": …} on every line for a cross-encoder, {"text": …} for a bi-encoder.',
  );
}
