import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type JudgmentsFile, readJudgments } from '@secondpass/evaluation';
import { inputError, place } from './input-error.ts';
import { describe, isRecord, parseJsonLine, readId } from './json-line.ts';
import { readLines } from './lines.ts';
import { readQueries } from './read-queries.ts';

/** The files of a collection folder: BEIR's layout, or `qrels.tsv` next to the rest. */
export interface Collection {
  readonly queriesFile: string;
  readonly qrelsFile: string;
  /** `undefined` where the folder has none; it is read for its ids alone. */
  readonly corpusFile: string | undefined;
}

/** @throws RetrievalError `invalid-document` where a file is missing */
export function findCollection(folder: string, qrels: string | undefined): Collection {
  const queriesFile = join(folder, 'queries.jsonl');
  const places =
    qrels === undefined ? [join(folder, 'qrels', 'test.tsv'), join(folder, 'qrels.tsv')] : [qrels];
  const found = places.find((file) => existsSync(file));
  const missing = existsSync(queriesFile) ? (found === undefined ? places.join(' or ') : '') : queriesFile;
  if (missing !== '' || found === undefined) {
    throw inputError(
      folder,
      `There is no ${missing}.`,
      'A collection has queries.jsonl and qrels/test.tsv or qrels.tsv; --qrels names other judgments.',
    );
  }
  const corpus = join(folder, 'corpus.jsonl');
  return { queriesFile, qrelsFile: found, corpusFile: existsSync(corpus) ? corpus : undefined };
}

export function readQrels(file: string): Promise<JudgmentsFile> {
  return readJudgments(readLines(createReadStream(file), file), file);
}

/**
 * Reads queries and corpus once from end to end, so that what is wrong is found before anything is asked.
 *
 * @returns how many judged passages the corpus does not have, and where the first of them stands
 * @throws RetrievalError naming the line
 */
export async function checkCollection(
  { queriesFile, qrelsFile, corpusFile }: Collection,
  { judgments, lineOf }: JudgmentsFile,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = new Set<string>();
  for await (const { id } of readQueries(queriesFile, (query) => judgments.has(query))) {
    signal.throwIfAborted();
    found.add(id);
  }
  for (const [query, line] of lineOf) {
    if (found.has(query)) continue;
    throw inputError(
      place(qrelsFile, line),
      `Query ${describe(query)} is judged here, and ${queriesFile} does not have it.`,
      'Add the query to that file, or take its judgments out of this one.',
    );
  }
  if (corpusFile === undefined) return undefined;
  const judged = new Set([...judgments.values()].flatMap((grades) => [...grades.keys()]));
  const unknown = new Set(judged);
  for await (const { number, text } of readLines(createReadStream(corpusFile), corpusFile)) {
    signal.throwIfAborted();
    if (text.trim() === '') continue;
    const where = place(corpusFile, number);
    const value = parseJsonLine(text, where);
    if (isRecord(value)) unknown.delete(readId(value['id'] ?? value['_id'], where));
  }
  if (unknown.size === 0) return undefined;
  const [first] = unknown;
  if (unknown.size === judged.size) {
    throw inputError(
      qrelsFile,
      `None of the ${judged.size.toLocaleString('en')} judged passages, such as ${describe(first)}, is in ${corpusFile}.`,
      'Use the corpus and the judgments of one collection: their ids have to be the same.',
    );
  }
  return `${unknown.size.toLocaleString('en')} of ${judged.size.toLocaleString('en')} judged passages, such as ${describe(first)}, are not in ${corpusFile}; no ranking can find them`;
}
