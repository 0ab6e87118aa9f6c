import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import type { Reranker } from '@secondpass/core';
import { isCascade } from '@secondpass/core/extend';
import { parseMeasure } from '@secondpass/evaluation';
import { cpuQuota } from '@secondpass/runtime-onnx';
import {
  renderReport,
  type TuneRequest,
  type TuningProgress,
  type TuningResult,
  tune,
} from '@secondpass/tuning';
import type { CommandContext } from '../../command-context.ts';
import { type LoadedConfig, readConfigFile } from '../../config/config-file.ts';
import { exitCode } from '../../exit-code.ts';
import { type Progress, startProgress } from '../../output/progress.ts';
import type { Terminal } from '../../output/terminal.ts';
import { closeAll, openAll } from '../../pipeline.ts';
import { present } from '../../present.ts';
import { readScope } from '../../search-scope.ts';
import { openScorers } from './open-scorers.ts';
import { type OpenStage1, openStage1 } from './open-stage1.ts';
import { checkOutputs, goalOf, refuse, type TuneFlags } from './tune-flags.ts';
import { tuneSummary } from './tune-summary.ts';
import { writeTunedConfig } from './tuned-config.ts';
import { readTuningCollection } from './tuning-collection.ts';

const blendsByItself =
  'The cascade is measured with the weight of stage 1 in use; other weights are tried with single models.';
const usualDepths = [10, 20, 50, 100, 200];
const usualBlends = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** `secondpass tune`: finds the settings of stage 2 with a team's own judged queries. */
export async function tuneSettings(flags: TuneFlags, context: CommandContext): Promise<number> {
  const { terminal, signal } = context;
  const measure = parseMeasure(flags.measure);
  const scope = readScope(flags);
  await checkOutputs(flags);
  const config = await readConfigFile(flags.config, context);
  const depths = depthsFor(flags, config);
  const collection = await readTuningCollection(flags, signal);
  if (collection.note) terminal.say(`warning: ${collection.note}.`);
  terminal.say('Loading models …');
  const opened = await openAll([() => openStage1(config, scope), () => openScorers(config, flags)]);
  const [stage1, { scorers, leftOut }] = opened;
  try {
    for (const sentence of leftOut) terminal.say(`note: ${sentence}`);
    if (isCascade(scorers[0]!.reranker)) terminal.say(`note: ${blendsByItself}`);
    const blend = config.blend ?? (await blendInUse(stage1, scorers[0]!.reranker, collection, signal));
    const progress = progressOf(terminal, scorers.length);
    const result = await tune({
      queries: collection.queries,
      search: stage1.search,
      stage1: () => present({ blend: config.blend, cosineOf: stage1.cosineOf() }),
      scorers,
      depths,
      blends: [...(flags.blends ?? usualBlends), blend],
      current: { scorer: scorers[0]!.key, depth: config.depth, blend },
      goal: goalOf(flags),
      measure,
      rounds: flags.rounds,
      seed: flags.seed,
      findTexts: collection.findTexts,
      signal,
      onProgress: progress.update,
    }).finally(progress.end);
    await writeFiles(flags, config, result, context);
    answer(flags, result, terminal);
    return result.advice ? exitCode.done : exitCode.failed;
  } finally {
    await closeAll(opened);
  }
}

/** The blend in use. A source may know the kind of its scores only after a search. */
async function blendInUse(
  stage1: OpenStage1,
  reranker: Reranker,
  { queries: [first] }: Pick<TuneRequest, 'queries'>,
  signal: AbortSignal,
): Promise<number> {
  if (first && reranker.defaultBlend) await stage1.search(first.text, 1, signal);
  return stage1.defaultBlend(reranker);
}

/** The depths to try, at least topK: a lower depth could not fill the answer. */
function depthsFor({ depths }: TuneFlags, { topK, depth }: LoadedConfig): readonly number[] {
  const tooSmall = depths?.find((one) => one < topK);
  if (tooSmall !== undefined) {
    throw refuse(
      `--depths has ${tooSmall}, and topK is ${topK}.`,
      'Stage 2 cannot return more than stage 1 gives: leave that depth out, or lower topK.',
    );
  }
  return [...(depths ?? usualDepths.filter((one) => one >= topK)), depth];
}

async function writeFiles(
  flags: TuneFlags,
  config: LoadedConfig,
  result: TuningResult,
  context: CommandContext,
): Promise<void> {
  if (flags.report !== undefined) {
    const page = renderReport(result, {
      collection: flags.collection,
      config: flags.config,
      measured: new Date().toISOString().slice(0, 10),
      machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpuQuota()} of ${cpus().length} cores`,
    });
    await replaceFile(flags.report, page);
  }
  if (flags.out !== undefined && result.advice) await writeTunedConfig(flags.out, config, result, context);
}

/** Writes a file atomically. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = join(dirname(file), `.report-${randomUUID()}.html`);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

function answer(flags: TuneFlags, result: TuningResult, terminal: Terminal): void {
  if (terminal.json) return terminal.answerJson(result);
  for (const warning of result.warnings) terminal.say(`warning: ${warning}`);
  terminal.answer(tuneSummary(result, terminal));
  if (flags.report !== undefined) terminal.say(`Report: ${flags.report}`);
  if (flags.out !== undefined && result.advice)
    terminal.say(`Next: secondpass search --config ${flags.out} --query "…"`);
}

/** One progress bar per phase. */
function progressOf(terminal: Terminal, scorers: number) {
  const labels = {
    scoring: `Scoring with ${scorers} ${scorers === 1 ? 'model' : 'models'}`,
    timing: 'Timing each depth',
  };
  let running: { readonly phase: TuningProgress['phase']; readonly bar: Progress } | undefined;
  return {
    update: ({ phase, done, total }: TuningProgress): void => {
      if (running?.phase !== phase) {
        running?.bar.end();
        running = { phase, bar: startProgress(terminal, labels[phase], total) };
      }
      running.bar.update(done);
    },
    end: (): void => running?.bar.end(),
  };
}
