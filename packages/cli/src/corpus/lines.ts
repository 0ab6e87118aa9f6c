import { decodeText } from './decode-text.ts';
import { inputError, place, unreadable } from './input-error.ts';

/** The longest accepted line, in bytes: above the longest passage that core accepts, but small enough for memory. */
const longestLine = 8 * 1024 * 1024;

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Its first byte in the stream, from 0. */
  readonly start: number;
  /** Without the line break `\n`. */
  readonly bytes: number;
}

/**
 * The lines of a byte stream, without their line breaks (`\n` or `\r\n`).
 *
 * @param file names the stream in errors
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Line> {
  let number = 1;
  let start = 0;
  let pieces: Uint8Array[] = [];
  let pending = 0;
  const keep = (piece: Uint8Array): void => {
    pending += piece.length;
    if (pending > longestLine) {
      throw inputError(
        place(file, number),
        `The line is longer than ${longestLine / 1024 / 1024} MiB.`,
        'Put each document on its own line, and split long ones into passages.',
      );
    }
    pieces.push(piece);
  };
  const take = (): Line => {
    const text = decodeText(Buffer.concat(pieces), file, number);
    const line = { number, text: text.endsWith('\r') ? text.slice(0, -1) : text, start, bytes: pending };
    start += pending + 1;
    pieces = [];
    pending = 0;
    number += 1;
    return line;
  };
  try {
    for await (const chunk of chunks) {
      let next = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, next)) {
        keep(chunk.subarray(next, end));
        yield take();
        next = end + 1;
      }
      if (next < chunk.length) keep(chunk.subarray(next));
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall ? unreadable(file, error) : error;
  }
  if (pending > 0) yield take();
}
