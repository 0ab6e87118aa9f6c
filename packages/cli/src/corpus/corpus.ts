import type { Document } from '@secondpass/core';
import { count } from '../output/count.ts';
import type { Passage } from './passages.ts';

/** A corpus that was read completely once and checked. */
export interface Corpus {
  /** Its origin, in words: a path, or what was found. */
  readonly name: string;
  /** How many documents it has. */
  readonly size: number;
  /** Documents without text, which were left out. */
  readonly empty?: { readonly count: number; readonly firstLine: number };
  /** Parts of files that were left out, such as "front matter", with the number of files; absent if there are none. */
  readonly leftOut?: ReadonlyMap<string, number>;
  /** Changes whenever a document changes. */
  readonly digest: string;
  /** The same documents in the same order, each time. */
  documents(): Iterable<Document> | AsyncIterable<Document>;
}

/** The parts of a corpus that were left out, as a line for the reader; `undefined` if there are none. */
export function describeLeftOut({ leftOut }: Corpus): string | undefined {
  if (!leftOut) return undefined;
  const parts = [...leftOut].map(([what, files]) => `${what} (${count(files, 'file')})`);
  return `Left out: ${parts.join(', ')}.`;
}

/**
 * The passages of one file as documents, with ids `file#1`, `file#2`, …. The headings come before the text, so that
 * both models read them.
 *
 * @param subject the file's subject if its headings do not name it, such as a package's name
 */
export function toDocuments(
  file: string,
  passages: readonly Passage[],
  subject?: string,
): readonly Document[] {
  return passages.map(({ headings, text }, index) => {
    const path = [...(subject === undefined ? [] : [subject]), ...headings].filter(differsFromPrevious);
    const heading = path.join(' › ');
    return {
      id: `${file}#${index + 1}`,
      text: heading === '' ? text : `${heading}\n${text}`,
      payload: { file, ...(heading !== '' && { heading }) },
    };
  });
}

function differsFromPrevious(part: string, index: number, path: readonly string[]): boolean {
  return index === 0 || part.toLowerCase() !== path[index - 1]!.toLowerCase();
}
