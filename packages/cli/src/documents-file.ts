import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { inputError, place, unreadable } from './corpus/input-error.ts';
import { describe, isRecord, parseJsonLine, readId, readText } from './corpus/json-line.ts';
import { type Line, readLines } from './corpus/lines.ts';

/** One passage to rerank. `id` is as given; `null` if there is none. */
export interface GivenDocument {
  readonly id: string | number | bigint | null;
  readonly text: string;
}

/** Reads the file at a path. A folder is refused here, because opening a folder fails only at the first read. */
export async function readDocumentsFile(path: string): Promise<readonly GivenDocument[]> {
  const entry = await stat(path).catch((error) => Promise.reject(unreadable(path, error)));
  if (entry.isDirectory()) throw unreadable(path, Object.assign(new Error('a folder'), { code: 'EISDIR' }));
  return readDocuments(createReadStream(path), path);
}

/**
 * Reads documents, one per line; blank lines are skipped. The first other line decides the form: if it begins with `{`
 * or `"`, every line is JSON, either an object with `text` and optional `id`, or a string. Otherwise every line is
 * plain text.
 *
 * @throws RetrievalError `invalid-document`, naming the line
 */
export async function readDocuments(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): Promise<readonly GivenDocument[]> {
  const documents: GivenDocument[] = [];
  const lineOfId = new Map<string, number>();
  let json: boolean | undefined;
  for await (const line of readLines(chunks, file)) {
    const text = line.text.trim();
    if (text === '') continue;
    json ??= looksLikeJson(text);
    const where = place(file, line.number);
    const document = json ? fromJson(text, where) : fromPlainLine(line, where);
    if (document.id !== null) refuseRepeatedId(document.id, line.number, where, lineOfId);
    documents.push(document);
  }
  if (documents.length > 0) return documents;
  throw inputError(
    file,
    'There are no documents.',
    'Give one per line: {"id": …, "text": …}, a JSON string, or text.',
  );
}

function looksLikeJson(text: string): boolean {
  return text.startsWith('{') || text.startsWith('"');
}

function fromJson(text: string, where: string): GivenDocument {
  const value = parseJsonLine(text, where);
  if (typeof value === 'string') return { id: null, text: readText(value, 'The text', where) };
  if (!isRecord(value)) {
    throw inputError(
      where,
      `The line is ${describe(value)}, and an object or a string was expected, as on the lines before.`,
      'Write {"id": …, "text": …} or a JSON string on every line.',
    );
  }
  const { id } = value;
  if (id !== undefined && id !== null) readId(id, where);
  return { id: (id ?? null) as GivenDocument['id'], text: readText(value['text'], '"text"', where) };
}

function fromPlainLine({ text }: Line, where: string): GivenDocument {
  if (looksLikeJson(text.trim()) && isJson(text)) {
    throw inputError(
      where,
      'The line is JSON, but the first line of the file is plain text.',
      'Write every line as JSON, or none.',
    );
  }
  return { id: null, text: readText(text, 'The text', where) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refuseRepeatedId(
  id: string | number | bigint,
  line: number,
  where: string,
  lineOfId: Map<string, number>,
): void {
  const first = lineOfId.get(String(id));
  if (first !== undefined) {
    throw inputError(
      where,
      `The id ${describe(id)} already occurs on line ${first}.`,
      'Give each document a unique id, or none.',
    );
  }
  lineOfId.set(String(id), line);
}
