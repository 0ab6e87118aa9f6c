import { sampleQueries } from '@secondpass/evaluation';
import type { JudgedQuery } from '@secondpass/tuning';
import { checkCollection, findCollection, readQrels } from '../../corpus/collection.ts';
import { readJsonLinesCorpus } from '../../corpus/json-lines-corpus.ts';
import { readQueries } from '../../corpus/read-queries.ts';
import type { TuneFlags } from './tune-flags.ts';

export interface TuningCollection {
  readonly queries: readonly JudgedQuery[];
  /** A warning for the reader, in one sentence. */
  readonly note: string | undefined;
  /** Finds texts of passages, if the folder has them. */
  findTexts(ids: ReadonlySet<string>, signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

/** Reads the judged queries of a collection folder. Its passages are read only when their texts are needed. */
export async function readTuningCollection(flags: TuneFlags, signal: AbortSignal): Promise<TuningCollection> {
  const files = findCollection(flags.collection, flags.qrels);
  const qrels = await readQrels(files.qrelsFile);
  const note = await checkCollection(files, qrels, signal);
  const { judgments } = qrels;
  // Only queries with a relevant passage can distinguish settings, so the sample is drawn from them.
  const useful = [...judgments].flatMap(([id, grades]) =>
    [...grades.values()].some((grade) => grade > 0) ? [id] : [],
  );
  const drawn = new Set(
    flags.queries === undefined ? judgments.keys() : sampleQueries(useful, flags.queries, flags.seed),
  );
  const queries: JudgedQuery[] = [];
  for await (const { id, text } of readQueries(files.queriesFile, (query) => drawn.has(query))) {
    signal.throwIfAborted();
    queries.push({ id, text, judgments: judgments.get(id)! });
  }
  return { queries, note, findTexts };

  async function findTexts(ids: ReadonlySet<string>, stop?: AbortSignal) {
    const texts = new Map<string, string>();
    if (files.corpusFile === undefined) return texts;
    for await (const { id, text } of readJsonLinesCorpus(files.corpusFile, stop)) {
      if (ids.has(id)) texts.set(id, text);
      if (texts.size === ids.size) break;
    }
    return texts;
  }
}
