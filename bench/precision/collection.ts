import { createReadStream, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { readJudgments, type TextLine } from '@secondpass/evaluation';

/** A test collection: passages, queries, and how relevant which passage is to which query. */
export interface Collection {
  readonly name: string;
  readonly passages: readonly { readonly id: string; readonly text: string }[];
  readonly queries: readonly { readonly id: string; readonly text: string }[];
  /** Query id → passage id → gain above 0. */
  readonly gains: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** The collections that a bench measures by default. `training/development_collections.py` makes the last two. */
export const usualCollections = 'cacm,cisi,cranfield,vaswani_npl,squad_dev,nq_dev,long_answers';

/** The named collections that are in the folder. */
export function collectionsIn(folder: string, names: string): readonly string[] {
  const present = new Set(readdirSync(folder));
  return names.split(',').filter((name) => present.has(name));
}

/**
 * Reads `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` (BEIR's three, in one folder).
 *
 * @param sample queries at most, spread evenly over those that have a relevant passage
 */
export async function readCollection(folder: string, sample: number): Promise<Collection> {
  const corpus = await readLines<{ id: string; title?: string; text: string }>(join(folder, 'corpus.jsonl'));
  const queries = await readLines<{ id: string; text: string }>(join(folder, 'queries.jsonl'));
  const file = join(folder, 'qrels.tsv');
  const { judgments } = await readJudgments(numbered(linesOf(file)), file);
  const gains = new Map(
    [...judgments]
      .map(([query, grades]) => [query, new Map([...grades].filter(([, grade]) => grade > 0))] as const)
      .filter(([, grades]) => grades.size > 0),
  );
  const judged = queries.filter(({ id }) => gains.has(id));
  const step = Math.max(1, judged.length / sample);
  const chosen = Array.from(
    { length: Math.min(sample, judged.length) },
    (_, n) => judged[Math.floor(n * step)]!,
  );
  return {
    name: basename(folder),
    passages: corpus
      .filter(({ title, text }) => (title || text).trim() !== '')
      .map(({ id, title, text }) => ({ id, text: title && text ? `${title}. ${text}` : title || text })),
    queries: chosen,
    gains,
  };
}

async function readLines<T>(file: string): Promise<T[]> {
  const rows: T[] = [];
  for await (const line of linesOf(file)) if (line.trim() !== '') rows.push(JSON.parse(line) as T);
  return rows;
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}

async function* numbered(lines: AsyncIterable<string>): AsyncGenerator<TextLine> {
  let number = 0;
  for await (const text of lines) {
    number += 1;
    yield { text, number };
  }
}
