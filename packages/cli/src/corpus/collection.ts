import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type JudgmentsFile, readJudgments } from '@secondpass/evaluation';
import { inputError, place } from './input-error.ts';
import { describe, isRecord, parseJsonLine, readId } from './json-line.ts';
import { readLines } from './lines.ts';
import { readQueries } from './read-queries.ts';

/** The files of a collection folder: BEIR's layout, or `qrels.tsv` next to the other files. */
export interface Collection {
  readonly queriesFile: string;
  readonly qrelsFile: string;
  /** `undefined` if the folder has no corpus. Only its ids are read. */
  readonly corpusFile: string | undefined;
}

/** @throws RetrievalError `invalid-document` if a file is missing */
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
      'A collection needs queries.jsonl, and qrels/test.tsv or qrels.tsv; --qrels can name other judgments.',
    );
  }
  const corpus = join(folder, 'corpus.jsonl');
  return { queriesFile, qrelsFile: found, corpusFile: existsSync(corpus) ? corpus : undefined };
}

export function readQrels(file: string): Promise<JudgmentsFile> {
  return readJudgments(readLines(createReadStream(file), file), file);
}

/**
 * Reads queries and corpus completely once, so that mistakes are found before the first query.
 *
 * @returns how many judged passages are missing from the corpus, and the first of them
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
      `Query ${describe(query)} is judged here, but ${queriesFile} does not have it.`,
      'Add the query to that file, or remove its judgments from this one.',
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
      'Use the corpus and the judgments of the same collection: their ids must match.',
    );
  }
  return `${unknown.size.toLocaleString('en')} of ${judged.size.toLocaleString('en')} judged passages, such as ${describe(first)}, are not in ${corpusFile}; no ranking can find them`;
}
