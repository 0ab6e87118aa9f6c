import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { inputError, place, unreadable } from '../../corpus/input-error.ts';
import { parseJsonLine } from '../../corpus/json-line.ts';
import { toDocument } from '../../corpus/json-lines-corpus.ts';
import { readLines } from '../../corpus/lines.ts';

/** The passages of a JSONL file by id. Their places in the file are held, some 100 bytes each; their texts are not. */
export interface PassageFile {
  /** @throws RetrievalError `invalid-document` where the file has no passage of this id */
  text(id: string): Promise<string>;
  close(): Promise<void>;
}

/** @throws RetrievalError `invalid-document` for a line that cannot be read or an id that occurs twice */
export async function openPassageFile(file: string, signal: AbortSignal): Promise<PassageFile> {
  const places = new Map<string, { readonly start: number; readonly bytes: number; readonly line: number }>();
  for await (const { number, text, start, bytes } of readLines(createReadStream(file), file)) {
    signal.throwIfAborted();
    if (text.trim() === '') continue;
    const where = place(file, number);
    const { id } = toDocument(parseJsonLine(text, where), where);
    const first = places.get(id);
    if (first) {
      throw inputError(
        where,
        `Its id occurs on line ${first.line} already.`,
        'Give each passage an id of its own.',
      );
    }
    places.set(id, { start, bytes, line: number });
  }
  const handle = await open(file).catch((error) => Promise.reject(unreadable(file, error)));
  return {
    text: async (id) => {
      const found = places.get(id);
      if (!found) {
        throw inputError(
          file,
          `It has no passage ${JSON.stringify(id)}.`,
          'Name the corpus that the run was made with.',
        );
      }
      const where = place(file, found.line);
      const document = toDocument(
        parseJsonLine(await readPart(handle, found.start, found.bytes), where),
        where,
      );
      if (document.id === id && document.text !== '') return document.text;
      throw inputError(
        where,
        document.id === id ? 'The passage has no text.' : 'The file was changed while it was read.',
        'Fill it, or remove the passage from the run.',
      );
    },
    close: () => handle.close(),
  };
}

async function readPart(handle: FileHandle, start: number, bytes: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, start);
  return buffer.toString('utf8', 0, bytesRead);
}
