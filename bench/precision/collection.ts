import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

/** A test collection: passages, queries, and how relevant which passage is to which query. */
export interface Collection {
  readonly name: string;
  readonly passages: readonly { readonly id: string; readonly text: string }[];
  readonly queries: readonly { readonly id: string; readonly text: string }[];
  /** Query id → passage id → gain above 0. */
  readonly gains: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/**
 * Reads `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` (BEIR's three, in one folder).
 *
 * @param sample queries at most, spread evenly over those that have a relevant passage
 */
export async function readCollection(folder: string, sample: number): Promise<Collection> {
  const corpus = await readLines<{ id: string; title?: string; text: string }>(join(folder, 'corpus.jsonl'));
  const queries = await readLines<{ id: string; text: string }>(join(folder, 'queries.jsonl'));
  const gains = new Map<string, Map<string, number>>();
  for (const line of (await readFile(join(folder, 'qrels.tsv'), 'utf8')).split('\n').slice(1)) {
    const [query, passage, gain] = line.trim().split('\t');
    if (!query || !passage || Number(gain) <= 0) continue;
    if (!gains.has(query)) gains.set(query, new Map());
    gains.get(query)!.set(passage, Number(gain));
  }
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
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (line.trim() !== '') rows.push(JSON.parse(line) as T);
  }
  return rows;
}
