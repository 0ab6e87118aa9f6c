import { sampleQueries } from '@secondpass/evaluation';
import { checkTopK } from '../../check-top-k.ts';
import type { CommandContext } from '../../command-context.ts';
import { readConfigFile } from '../../config/config-file.ts';
import { checkCollection, findCollection, readQrels } from '../../corpus/collection.ts';
import { inputError } from '../../corpus/input-error.ts';
import { describe } from '../../corpus/json-line.ts';
import { readQueries } from '../../corpus/read-queries.ts';
import { count } from '../../output/count.ts';
import { startProgress } from '../../output/progress.ts';
import { openRetriever } from '../../pipeline.ts';
import { readScope } from '../../search-scope.ts';
import { type Answers, askQueries } from './ask-queries.ts';
import { type EvalFlags, type EvalTask, readMeasures } from './eval-flags.ts';
import type { Measured } from './eval-report.ts';
import { openRunFiles } from './run-files.ts';

type CollectionTask = Extract<EvalTask, { kind: 'collection' }>;

/** Runs the queries of a collection through a configuration, and measures both stages. */
export async function evaluateConfig(
  flags: EvalFlags,
  task: CollectionTask,
  context: CommandContext,
): Promise<Measured> {
  const { terminal, signal } = context;
  const measures = readMeasures(flags.measures);
  const scope = readScope(flags);
  // Shadow mode and minScore are ignored: shadow mode would not rerank, and minScore can only lower a measure.
  const { shadow: _, minScore, ...config } = await readConfigFile(task.config, context);
  const depth = flags.depth ?? config.depth;
  const topK = flags.topK ?? depth;
  checkTopK(topK, depth, 'eval');
  const collection = findCollection(task.collection, flags.qrels);
  terminal.say(`Reading ${task.collection} …`);
  const file = await readQrels(collection.qrelsFile);
  const { judgments } = file;
  const missing = await checkCollection(collection, file, signal);
  const all = [...judgments.keys()];
  const chosen = flags.queries === undefined ? all : sampleQueries(all, flags.queries, flags.seed);
  const warnings = [
    ...(missing === undefined ? [] : [missing]),
    ...(minScore === undefined
      ? []
      : ['minScore of the configuration is not applied: whole rankings are measured']),
  ];
  for (const warning of warnings) terminal.say(`warning: ${warning}.`);

  // Open the run files before the models, so that a path that cannot be written fails immediately.
  const runFiles = flags.runOut === undefined ? undefined : await openRunFiles(flags.runOut);
  let answers: Answers;
  let close: () => Promise<void> = async () => undefined;
  try {
    const opened = await openRetriever({ ...config, depth, topK: depth });
    close = opened.close;
    const wanted = new Set(chosen);
    const progress = startProgress(terminal, `Asking ${count(wanted.size, 'query', 'queries')}`, wanted.size);
    answers = await askQueries({
      retriever: opened.retriever,
      scope,
      queries: readQueries(collection.queriesFile, (id) => wanted.has(id)),
      judgments,
      measures,
      options: { relevanceLevel: flags.relevanceLevel },
      topK,
      concurrency: flags.concurrency ?? 1,
      runFiles,
      onProgress: (done) => progress.update(done),
      signal,
    }).finally(() => progress.end());
  } finally {
    // Close the models even if a run file cannot be closed.
    await Promise.resolve(runFiles?.close()).finally(close);
  }
  if (answers.asked.size === 0) signal.throwIfAborted();
  const indexing = `secondpass index --config ${task.config} --corpus ${collection.corpusFile ?? 'FILE'}`;
  if (answers.foundNothing && !signal.aborted) {
    throw inputError(
      task.config,
      'Stage 1 found no passage for any query.',
      `Index this collection: ${indexing}. If it is indexed, check --filter and --tenant.`,
    );
  }
  if (answers.strangeId !== undefined && !signal.aborted) {
    const [named] = judgments.values().next().value?.keys() ?? [];
    throw inputError(
      collection.qrelsFile,
      `No passage that stage 1 found has a judgment: it finds ids such as ${describe(answers.strangeId)}; the judgments have ids such as ${describe(named)}.`,
      `Index this collection, so that the ids are the same: ${indexing}.`,
    );
  }
  return {
    head: {
      config: task.config,
      collection: task.collection,
      qrels: collection.qrelsFile,
      ...scope,
      depth,
      topK,
    },
    judgments,
    measures,
    queries: chosen.filter((id) => answers.asked.has(id)),
    wanted: chosen.length,
    runs: [
      { name: 'stage 1', measured: answers.stage1 },
      { name: 'stage 2', measured: answers.stage2 },
    ],
    answers,
    warnings,
    ...(runFiles && { runFiles: runFiles.paths }),
  };
}
