import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Candidate,
  type CandidateRequest,
  type CandidateSource,
  RetrievalError,
} from '@secondpass/core';
import { readRun, type ScoredPassage, trecOrder } from '@secondpass/evaluation';
import { inputError, place } from '../corpus/input-error.ts';
import { describe } from '../corpus/json-line.ts';
import { readJsonLinesCorpus } from '../corpus/json-lines-corpus.ts';
import { readLines } from '../corpus/lines.ts';
import { readQueries } from '../corpus/read-queries.ts';

export interface RunSource extends CandidateSource {
  /** How many queries have a ranking in the run. */
  readonly queries: number;
  /** How many different passages the rankings name. */
  readonly passages: number;
}

export interface RunFiles {
  readonly file: string;
  /** The folder of `queries.jsonl` and `corpus.jsonl`. */
  readonly collection: string;
  readonly name?: string | undefined;
}

/**
 * Reads a run, the collection's queries and the passages that the run names into memory. A ranking is found by its
 * query's text, and sorted as in trec_eval: by score, ties by id.
 *
 * @throws RetrievalError `invalid-document`, naming file and line
 */
export async function readRunSource({ file, collection, name }: RunFiles): Promise<RunSource> {
  const rankings = new Map<string, readonly ScoredPassage[]>();
  for await (const { query, ranking } of readRun(readLines(createReadStream(file), file), file)) {
    refuseInfinite(ranking, query, file);
    rankings.set(query, ranking);
  }
  const idOfText = await readQueryTexts(join(collection, 'queries.jsonl'), file, rankings);
  const passages = await readPassages(join(collection, 'corpus.jsonl'), file, rankings);
  const origin = name ?? `run:${basename(file)}`;

  return {
    name: origin,
    input: 'text',
    queries: rankings.size,
    passages: passages.size,
    search: async ({ query, depth, filter, tenant, signal }: CandidateRequest) => {
      signal?.throwIfAborted();
      refuseChoice(origin, { filter, tenant });
      const id = idOfText.get(query.text);
      if (id === undefined) {
        throw new RetrievalError({
          code: 'invalid-query',
          origin,
          problem: `The query ${describe(query.text)} is not in the collection.`,
          nextStep: `Use the exact text of a query in ${join(collection, 'queries.jsonl')}, or search a database.`,
        });
      }
      return candidatesOf(rankings.get(id) ?? [], depth, passages);
    },
  };
}

function refuseInfinite(ranking: readonly ScoredPassage[], query: string, file: string): void {
  const found = ranking.find(({ score }) => !Number.isFinite(score));
  if (found === undefined) return;
  throw inputError(
    file,
    `The passage ${describe(found.id)} of query ${describe(query)} has the score ${found.score}.`,
    'Give it a finite number: a blend needs one.',
  );
}

type Passages = ReadonlyMap<string, Pick<Candidate, 'text' | 'payload'>>;

function candidatesOf(
  ranking: readonly ScoredPassage[],
  depth: number,
  passages: Passages,
): readonly Candidate[] {
  const scores = new Map(ranking.map(({ id, score }) => [id, score]));
  return trecOrder(ranking)
    .slice(0, depth)
    .map((id, index) => ({ id, ...passages.get(id)!, score: scores.get(id)!, rank: index + 1 }));
}

async function readQueryTexts(
  queriesFile: string,
  runFile: string,
  rankings: ReadonlyMap<string, readonly ScoredPassage[]>,
): Promise<ReadonlyMap<string, string>> {
  const idOfText = new Map<string, string>();
  const missing = new Set(rankings.keys());
  for await (const { id, text } of readQueries(queriesFile, () => true)) {
    const other = idOfText.get(text);
    if (other !== undefined && !isSame(rankings.get(id), rankings.get(other))) {
      throw inputError(
        queriesFile,
        `The queries ${describe(other)} and ${describe(id)} have the same text but different rankings in ${runFile}; rankings are found by text.`,
        'Remove one of them, and its lines from the run.',
      );
    }
    idOfText.set(text, id);
    missing.delete(id);
  }
  const [strange] = missing;
  if (strange === undefined) return idOfText;
  throw inputError(
    runFile,
    `It ranks passages for the query ${describe(strange)}, which ${queriesFile} does not have.`,
    'Use a run and a collection that belong together.',
  );
}

/** Whether two rankings are equal; both queries may also have none. */
function isSame(one: readonly ScoredPassage[] = [], other: readonly ScoredPassage[] = []): boolean {
  const scores = new Map(other.map(({ id, score }) => [id, score]));
  return one.length === scores.size && one.every(({ id, score }) => scores.get(id) === score);
}

async function readPassages(
  corpusFile: string,
  runFile: string,
  rankings: ReadonlyMap<string, readonly ScoredPassage[]>,
): Promise<Passages> {
  const missing = new Set([...rankings.values()].flatMap((ranking) => ranking.map(({ id }) => id)));
  const passages = new Map<string, Pick<Candidate, 'text' | 'payload'>>();
  const refuseEmpty = ({ id, line }: { readonly id: string; readonly line: number }) => {
    if (!missing.has(id)) return;
    throw inputError(
      place(corpusFile, line),
      `The document ${describe(id)} has no text, but ${runFile} names it.`,
      'Remove it from the run: a document without text cannot be reranked.',
    );
  };
  for await (const { id, text, payload } of readJsonLinesCorpus(corpusFile, undefined, refuseEmpty)) {
    if (missing.delete(id)) passages.set(id, { text, ...(payload && { payload }) });
  }
  const [strange] = missing;
  if (strange === undefined) return passages;
  throw inputError(
    runFile,
    `It names the passage ${describe(strange)}, which ${corpusFile} does not have.`,
    'Use a run and a collection that belong together.',
  );
}

/** @throws RetrievalError for a filter or a tenant: the rankings were made without */
function refuseChoice(origin: string, given: { readonly filter: unknown; readonly tenant: unknown }): void {
  for (const key of ['filter', 'tenant'] as const) {
    if (given[key] === undefined) continue;
    throw new RetrievalError({
      code: key === 'filter' ? 'invalid-filter' : 'invalid-options',
      origin,
      problem: `A ${key} cannot be applied: the rankings of a run are already made.`,
      nextStep: 'Leave it out, or search a database.',
    });
  }
}
