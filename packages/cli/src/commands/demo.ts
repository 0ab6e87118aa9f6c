import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadBiEncoder, loadCrossEncoder, type Ranking, TwoStageRetriever } from '@secondpass/core';
import { checkQuery } from '@secondpass/core/extend';
import { modelDirectory } from '@secondpass/models';
import { checkTopK } from '../check-top-k.ts';
import type { CommandContext } from '../command-context.ts';
import { type Corpus, describeLeftOut } from '../corpus/corpus.ts';
import { installedDocumentation } from '../corpus/installed-documentation.ts';
import { openCorpus } from '../corpus/open-corpus.ts';
import { blendLines } from '../output/blend-lines.ts';
import { count } from '../output/count.ts';
import { measurementLines } from '../output/measurement-table.ts';
import { droppedLines, rankingTable, risenLine, rowOf } from '../output/ranking-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { seconds, timingsLine } from '../output/timings-line.ts';
import { closeAll } from '../pipeline.ts';
import { openDemoIndex } from './demo-index.ts';
import { judgedSetOf } from './demo-judged-set.ts';
import { type DemoMeasurement, type DemoMeasurementRequest, measureDemo } from './demo-measurement.ts';
import { demoQuestions, questionsFrom } from './demo-questions.ts';

/** A long timeout: a large depth takes long on a small machine, and the user is watching. */
const patienceMs = 600_000;

export interface DemoFlags {
  readonly corpus?: string;
  readonly query: readonly string[];
  readonly depth: number;
  readonly topK: number;
  readonly data?: string;
}

/** `secondpass demo`: both stages over real documents, in a database inside this process. */
export async function demo(flags: DemoFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  checkFlags(flags);
  const started = performance.now();
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    opened.unshift(one);
    return one;
  };
  try {
    const corpus = await readCorpus(flags, context);
    const embedder = keep(await loadBiEncoder(modelDirectory('bi-encoder')));
    const folder = flags.data ?? defaultFolder(flags, context);
    const modelDigest = await manifestDigest(modelDirectory('bi-encoder'));
    const index = keep(await openDemoIndex({ folder, corpus, embedder, modelDigest, context }));
    if (index.reused)
      terminal.say(`Reusing the index in ${shortPath(folder, context)}: corpus and model are unchanged`);
    const reranker = keep(await loadCrossEncoder(modelDirectory('small')));
    // Stage 2 orders all candidates, so that the report can tell the new ranks of those below topK.
    const { depth } = flags;
    const { source } = index;
    const retriever = new TwoStageRetriever({
      source,
      embedder,
      reranker,
      depth,
      topK: depth,
      timeoutMs: patienceMs,
    });
    const queries = await chooseQueries(flags, corpus, terminal);
    const rankings: Ranking[] = [];
    for (const query of queries) {
      const ranking = await retriever.retrieve(query, { signal });
      rankings.push(ranking);
      if (!terminal.json) showRanking(ranking, flags.topK, terminal);
    }
    const measured = asksItself(flags)
      ? await measure({ corpus, retriever, depth, folder, digest: index.digest, context })
      : undefined;
    if (terminal.json) {
      terminal.answerJson({
        passages: corpus.size,
        corpus: { name: corpus.name, passages: corpus.size },
        index: { directory: folder, reused: index.reused },
        rankings: rankings.map((ranking) => cutTo(ranking, flags.topK)),
        ...(measured && { measured }),
        seconds: Math.round(performance.now() - started) / 1_000,
      });
    } else {
      if (measured) for (const line of ['', ...measurementLines(measured, terminal)]) terminal.answer(line);
      sayWhatNext(flags, performance.now() - started, terminal);
    }
  } finally {
    await closeAll(opened);
  }
}

/** Whether the demo chooses corpus and questions. Only then there are judgments to measure with. */
function asksItself({ corpus, query }: DemoFlags): boolean {
  return corpus === undefined && query.length === 0;
}

/** Undefined if none of the judged passages is installed. */
async function measure({
  corpus,
  digest,
  ...request
}: Omit<DemoMeasurementRequest, 'judged'> & { readonly corpus: Corpus }): Promise<
  DemoMeasurement | undefined
> {
  const judged = await judgedSetOf(corpus);
  if (judged.missing > 0) {
    const all = judged.missing + judged.questions.length;
    request.context.terminal.say(
      `${judged.missing} of ${all} judged questions are about versions not installed here.`,
    );
  }
  if (judged.questions.length === 0) return undefined;
  const reranker = await manifestDigest(modelDirectory('small'));
  return measureDemo({ ...request, judged, digest: `${digest} ${reranker}` });
}

function checkFlags({ query, depth, topK }: DemoFlags): void {
  checkTopK(topK, depth, 'demo');
  for (const text of query) checkQuery(text, '--query');
}

async function chooseQueries(
  flags: DemoFlags,
  corpus: Corpus,
  terminal: Terminal,
): Promise<readonly string[]> {
  if (flags.query.length > 0) return flags.query;
  if (flags.corpus === undefined) return demoQuestions;
  terminal.say('No --query was given, so these are headings or openings from the corpus.');
  return questionsFrom(corpus);
}

async function readCorpus(
  { corpus }: DemoFlags,
  { terminal, signal, folder }: CommandContext,
): Promise<Corpus> {
  terminal.say(`Reading ${corpus ?? 'the Markdown documentation of the packages installed here'} …`);
  const read = await (corpus === undefined
    ? installedDocumentation(fileURLToPath(import.meta.url), signal)
    : openCorpus(resolve(folder, corpus), signal));
  terminal.say(`Read ${count(read.size, 'passage')}: ${corpus ?? read.name}`);
  const leftOut = describeLeftOut(read);
  if (leftOut) terminal.say(leftOut);
  return read;
}

/** One folder per corpus, so that trying another corpus keeps the index of the first. */
function defaultFolder({ corpus }: DemoFlags, { folder }: CommandContext): string {
  const choice = corpus === undefined ? 'installed documentation' : resolve(folder, corpus);
  const hash = createHash('sha256').update(choice).digest('hex').slice(0, 8);
  return join(folder, '.secondpass', `demo-${hash}`);
}

async function manifestDigest(directory: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(directory, 'secondpass.json')))
    .digest('hex');
}

function cutTo(ranking: Ranking, topK: number) {
  const stage1 = ranking.hits
    .toSorted((a, b) => a.candidate.rank - b.candidate.rank)
    .slice(0, topK)
    .map(({ rank, candidate }) => ({ rank: candidate.rank, id: candidate.id, rankAfterStage2: rank }));
  return { ...ranking, hits: ranking.hits.slice(0, topK), stage1 };
}

function showRanking(ranking: Ranking, topK: number, terminal: Terminal): void {
  const shown = ranking.hits.slice(0, topK);
  terminal.answer();
  terminal.answer(terminal.style(['bold', 'cyan'], ranking.query));
  terminal.answer(rankingTable(ranking.query, shown.map(rowOf), terminal));
  if (shown.length > 0) terminal.answer(terminal.style('dim', ` ${risenLine(shown)}`));
  for (const line of droppedLines(ranking.hits, topK, terminal)) terminal.answer(line);
  for (const line of [...blendLines(ranking), timingsLine(ranking)]) {
    terminal.answer(terminal.style('dim', ` ${line}`));
  }
}

function sayWhatNext({ corpus, query }: DemoFlags, duration: number, terminal: Terminal): void {
  terminal.answer();
  terminal.answer(`Done in ${seconds(duration)}. Next:`);
  const again = corpus === undefined ? '' : ` --corpus ${corpus}`;
  const lines: readonly (readonly [string, string])[] = [
    [
      `secondpass demo${again} --query "…"`,
      query.length > 0 ? 'ask something else; the index is kept' : 'ask your own question; the index is kept',
    ],
    ['secondpass demo --corpus DIR --query "…"', 'your own .md, .txt, .html or .jsonl files'],
    ['secondpass index --config FILE --corpus DIR', 'fill your own PostgreSQL, then `secondpass search`'],
    ['secondpass doctor', 'check this machine, the models and the database'],
  ];
  for (const [command, purpose] of lines) {
    terminal.answer(`  ${terminal.style('bold', command.padEnd(45))} ${terminal.style('dim', purpose)}`);
  }
}

function shortPath(path: string, { folder }: CommandContext): string {
  const short = relative(folder, path);
  return short.startsWith('..') ? path : short;
}
