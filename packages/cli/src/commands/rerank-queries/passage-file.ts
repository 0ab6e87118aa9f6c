import { type FileHandle, open } from 'node:fs/promises';
import { inputError, place, unreadable } from '../../corpus/input-error.ts';
import { parseJsonLine } from '../../corpus/json-line.ts';
import { readDocumentLines, toDocument } from '../../corpus/json-lines-corpus.ts';
import type { Line } from '../../corpus/lines.ts';

/** The passages of a JSONL file by id. Their places in the file are held, some 100 bytes each; their texts are not. */
export interface PassageFile {
  /** @throws RetrievalError `invalid-document` where the file has no passage of this id */
  text(id: string): Promise<string>;
  close(): Promise<void>;
}

/** @throws RetrievalError `invalid-document` for a line that cannot be read or an id that occurs twice */
export async function openPassageFile(file: string, signal: AbortSignal): Promise<PassageFile> {
  const places = new Map<string, Pick<Line, 'start' | 'bytes' | 'number'>>();
  for await (const { document, line } of readDocumentLines(file, signal)) {
    const { start, bytes, number } = line;
    places.set(document.id, { start, bytes, number });
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
      const where = place(file, found.number);
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
