import { createReadStream } from 'node:fs';
import { unreadable } from '../../corpus/input-error.ts';

/** How many lines a file has, blank ones among them: what a progress bar is drawn by. */
export async function countLines(file: string): Promise<number> {
  let lines = 0;
  let last = 10;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
      last = chunk.at(-1) ?? last;
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  return last === 10 ? lines : lines + 1;
}
