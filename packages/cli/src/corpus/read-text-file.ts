import { open } from 'node:fs/promises';
import type { CorpusFile } from './corpus-files.ts';
import { decodeText } from './decode-text.ts';
import { htmlSections } from './html-sections.ts';
import { inputError, unreadable } from './input-error.ts';
import { markdownSections } from './markdown-sections.ts';
import { type Passage, splitIntoPassages } from './passages.ts';
import type { FileText } from './section.ts';

/** The largest text file, in bytes. A larger file is probably data, and parsing it would block the process. */
const largestFile = 8 * 1024 * 1024;

export interface ReadFile {
  readonly passages: readonly Passage[];
  /** Parts of the file that were left out, such as "front matter". */
  readonly leftOut: readonly string[];
}

/** Reads one .md, .txt or .html file. A file without text is an error: it is empty by mistake, or misread. */
export async function readTextFile({ path, format }: CorpusFile): Promise<ReadFile> {
  const text = decodeText(await readBytes(path), path);
  const { sections, leftOut } = textOf(text, format, path);
  const passages = splitIntoPassages(sections);
  if (passages.length === 0) {
    throw inputError(path, 'There is no text in this file.', 'Fill it, or remove it from the corpus.');
  }
  return { passages, leftOut };
}

async function readBytes(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((error) => Promise.reject(unreadable(path, error)));
  try {
    const { size } = await file.stat();
    if (size > largestFile) {
      throw inputError(
        path,
        `The file has ${size.toLocaleString('en')} bytes; at most ${largestFile.toLocaleString('en')} are read.`,
        'Split it, or write its parts as lines of a .jsonl file.',
      );
    }
    return await file.readFile();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall ? unreadable(path, error) : error;
  } finally {
    await file.close();
  }
}

function textOf(text: string, format: CorpusFile['format'], path: string): FileText {
  if (format === 'text')
    return {
      sections: [{ headings: [], blocks: text.split(/\n\s*\n/).map((block) => block.trim()) }],
      leftOut: [],
    };
  try {
    return format === 'html' ? htmlSections(text) : markdownSections(text);
  } catch (error) {
    // Both parsers recurse; thousands of nested quotes or tags overflow the stack.
    throw inputError(
      path,
      `The file cannot be parsed as ${format === 'html' ? 'HTML' : 'Markdown'}: ${(error as Error).message}.`,
      'Simplify its nesting, or rename it to .txt to have it read as it is.',
      error,
    );
  }
}
