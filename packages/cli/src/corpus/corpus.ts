import type { Document } from '@secondpass/core';
import { count } from '../output/count.ts';
import type { Passage } from './passages.ts';

/** A collection that was read through once and found sound. */
export interface Corpus {
  /** Where it comes from, in words: a path, or what was found. */
  readonly name: string;
  /** How many documents it has. */
  readonly size: number;
  /** Documents without any text, which were left out. */
  readonly empty?: { readonly count: number; readonly firstLine: number };
  /** What of its files is in no document, such as "front matter", with the number of files; absent where nothing is. */
  readonly leftOut?: ReadonlyMap<string, number>;
  /** Changes whenever a document does. */
  readonly digest: string;
  /** The same documents in the same order, each time. */
  documents(): Iterable<Document> | AsyncIterable<Document>;
}

/** What of a corpus is in no document, as a line for the reader; `undefined` where nothing is left out. */
export function describeLeftOut({ leftOut }: Corpus): string | undefined {
  if (!leftOut) return undefined;
  const parts = [...leftOut].map(([what, files]) => `${what} (${count(files, 'file')})`);
  return `Left out: ${parts.join(', ')}.`;
}

/**
 * The passages of one file as documents: ids `file#1`, `file#2`, …, and the headings before the text, where both models
 * read them.
 *
 * @param subject what the file is about, where its headings do not say so, such as a package's name
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
