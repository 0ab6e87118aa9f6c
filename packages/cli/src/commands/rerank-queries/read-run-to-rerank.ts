import { createReadStream } from 'node:fs';
import { RetrievalError } from '@secondpass/core';
import { readRun } from '@secondpass/evaluation';
import { inputError } from '../../corpus/input-error.ts';
import { readLines } from '../../corpus/lines.ts';
import { readQueries } from '../../corpus/read-queries.ts';
import type { PassageFile } from './passage-file.ts';
import { checkCount, type QueryToRerank } from './query-to-rerank.ts';

export interface RunToRerank {
  /** JSONL: `{"id", "text"}` a line. */
  readonly queries: string;
  /** The candidates of each query, in TREC's form. */
  readonly run: string;
  readonly passages: PassageFile;
}

/** The queries of a TREC run with their texts, in the run's order. The queries' texts are held, the run is streamed. */
export async function* readRunToRerank({
  queries,
  run,
  passages,
}: RunToRerank): AsyncGenerator<QueryToRerank> {
  const texts = new Map<string, string>();
  for await (const { id, text } of readQueries(queries, () => true)) texts.set(id, text);
  for await (const { query: id, ranking } of readRun(readLines(createReadStream(run), run), run)) {
    const where = `${run}: query ${JSON.stringify(id)}`;
    try {
      const text = texts.get(id);
      if (text === undefined) {
        throw inputError(where, `${queries} has no such query.`, 'Add its text, or remove it from the run.');
      }
      checkCount(ranking.length, where);
      const found = await Promise.all(
        ranking.map(async (hit) => ({ id: hit.id, text: await passages.text(hit.id) })),
      );
      yield { id, where, query: { text, passages: found } };
    } catch (error) {
      if (!(error instanceof RetrievalError)) throw error;
      yield { id, where, failure: error };
    }
  }
}
