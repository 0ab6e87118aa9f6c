/**
 * Asks judged queries, and says what reranking changes: a folder of your own has the same three files as this one.
 *
 *     node examples/own-judged-queries/evaluate.ts [FOLDER]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { indexDocuments, loadBiEncoder, loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
import { compareRuns, meansOf, measureRun, parseMeasure, readJudgments } from '@secondpass/evaluation';
import { modelDirectory } from '@secondpass/models';

const folder = process.argv[2] ?? import.meta.dirname;
const linesOf = async (file: string) => (await readFile(join(folder, file), 'utf8')).trim().split('\n');
const recordsOf = async (file: string): Promise<{ id: string; text: string }[]> =>
  (await linesOf(file)).map((line) => JSON.parse(line));
const [documents, queries] = await Promise.all([recordsOf('corpus.jsonl'), recordsOf('queries.jsonl')]);
const qrels = (await linesOf('qrels.tsv')).map((text, index) => ({ number: index + 1, text }));
const { judgments } = await readJudgments(qrels, 'qrels.tsv');

// In memory, since these are few. The source may be any other: your database as it is, without indexing.
const database = await pgvectorFromConfig({ memory: true, table: 'passages' });
const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const reranker = await loadCrossEncoder(modelDirectory('small'));
await indexDocuments({ documents, embedder, writer: database.writer });

// All candidates come back as hits, so that one answer holds the order of both stages.
const retriever = new TwoStageRetriever({
  source: database.source,
  embedder,
  reranker,
  depth: 100,
  topK: 100,
});
const stage1 = [];
const stage2 = [];
for (const { id: query, text } of queries) {
  const { hits } = await retriever.retrieve(text);
  stage1.push({ query, ranking: hits.map(({ candidate }) => candidate) });
  stage2.push({
    query,
    ranking: hits.map(({ candidate: { id }, rank }) => ({ id, score: 1 / rank })),
  });
}
await Promise.all([embedder.close(), reranker.close(), database.close()]);

const judged = [...judgments.keys()];
const measures = ['ndcg_cut_10', 'recip_rank_cut_10', 'P_1'].map(parseMeasure);
const baseline = await measureRun(stage1, judgments, measures);
const run = await measureRun(stage2, judgments, measures);
const compared = await compareRuns({ baseline, run, queries: judged });
for (const [index, { measure, difference, pValue, wins, losses, worstLosses }] of compared.entries()) {
  const [before, after] = [baseline, run].map((one) => meansOf(one, judged)[index]!.toFixed(3));
  const change = `${difference < 0 ? '' : '+'}${difference.toFixed(3)}, p = ${pValue.toFixed(2)}`;
  console.log(`${measure.name}: ${before} → ${after} (${change}), better ${wins}, worse ${losses}`);
  for (const { query } of worstLosses) console.log(`  worse: ${query}`);
}
