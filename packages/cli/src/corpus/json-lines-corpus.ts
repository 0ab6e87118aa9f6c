import { createReadStream } from 'node:fs';
import type { Document } from '@secondpass/core';
import { inputError, place } from './input-error.ts';
import { describe, isRecord, parseJsonLine, readId, readText } from './json-line.ts';
import { type Line, readLines } from './lines.ts';

/**
 * The documents of a JSONL file: `{"id", "title"?, "text", …}` per line. `_id` is read as `id`, and every other key
 * goes into the payload. Blank lines are skipped. Documents with empty text and title, which some collections of BEIR
 * have, are skipped too: no search could find them.
 *
 * @param onEmpty called for each skipped document
 */
export async function* readJsonLinesCorpus(
  file: string,
  signal?: AbortSignal,
  onEmpty?: (document: { readonly id: string; readonly line: number }) => void,
): AsyncGenerator<Document> {
  for await (const { document, line } of readDocumentLines(file, signal)) {
    if (document.text === '') onEmpty?.({ id: document.id, line: line.number });
    else yield document;
  }
}

/** Every document of a JSONL file with its line, those without text included. @throws RetrievalError `invalid-document` */
export async function* readDocumentLines(
  file: string,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly document: Document; readonly line: Line }> {
  const lineOfId = new Map<string, number>();
  for await (const line of readLines(createReadStream(file), file)) {
    signal?.throwIfAborted();
    const { number, text } = line;
    if (text.trim() === '') continue;
    const where = place(file, number);
    const document = toDocument(parseJsonLine(text, where), where);
    const first = lineOfId.get(document.id);
    if (first !== undefined) {
      throw inputError(
        where,
        `The id ${describe(document.id)} already occurs on line ${first}.`,
        'Give each document a unique id.',
      );
    }
    lineOfId.set(document.id, number);
    yield { document, line };
  }
}

/** A line's document; its `text` is empty where title and text are. @throws RetrievalError `invalid-document` */
export function toDocument(value: unknown, where: string): Document {
  if (!isRecord(value)) {
    throw inputError(
      where,
      `The line is ${describe(value)}, and an object was expected.`,
      'Write {"id": …, "text": …} on each line.',
    );
  }
  const { id, _id, title, text, ...rest } = value;
  const heading =
    title === undefined || title === null || isBlank(title) ? undefined : readText(title, '"title"', where);
  const documentId = readId(id ?? _id, where);
  // Some documents of BEIR's collections have only a title.
  const isTitleAlone = heading !== undefined && text === undefined;
  const body = isTitleAlone || isBlank(text) ? undefined : readText(text, '"text"', where);
  const payload = { ...(heading !== undefined && { title: heading }), ...rest };
  return {
    id: documentId,
    text: [heading, body].filter((part) => part !== undefined).join('\n'),
    ...(Object.keys(payload).length > 0 && { payload }),
  };
}

function isBlank(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === '';
}
