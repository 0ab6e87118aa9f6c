import { writeFile } from 'node:fs/promises';
import { RetrievalError } from '@secondpass/core';
import { stringifyJson } from '@secondpass/core/extend';
import { compareRuns, percentiles } from '@secondpass/evaluation';
import type { CommandContext } from '../../command-context.ts';
import { exitCode } from '../../exit-code.ts';
import { type Answers, type Stage, stages } from './ask-queries.ts';
import { type EvalFlags, readTask } from './eval-flags.ts';
import { evalLines } from './eval-lines.ts';
import {
  type ComparisonReport,
  comparedQueries,
  comparisonReport,
  countQueries,
  type EvalReport,
  type Measured,
  runReport,
} from './eval-report.ts';
import { evaluateConfig } from './evaluate-config.ts';
import { evaluateRuns } from './evaluate-runs.ts';
import type { Incidents } from './incidents.ts';

/** `secondpass eval`: how good the rankings of a configuration are, or of runs in files. */
export async function evaluate(flags: EvalFlags, context: CommandContext): Promise<number> {
  const { terminal, signal } = context;
  const started = performance.now();
  const task = readTask(flags);
  const measured = await (task.kind === 'collection'
    ? evaluateConfig(flags, task, context)
    : evaluateRuns(flags, task, context));
  // After an interruption, the partial result is still reported.
  const partial = measured.answers !== undefined && measured.queries.length < measured.wanted;
  const { queries, runs, answers } = measured;
  const comparisons: ComparisonReport[] = [];
  const [baseline, ...others] = runs;
  for (const run of others) {
    const pair = [baseline!, run];
    const compared = comparedQueries(queries, pair, flags.average);
    const found = await compareRuns({
      baseline: baseline!.measured,
      run: run.measured,
      queries: compared,
      seed: flags.seed,
      ...(partial ? {} : { signal }),
    });
    comparisons.push(comparisonReport(baseline!, run, compared.length, found));
  }
  const report: EvalReport = {
    version: 1,
    ...measured.head,
    measures: measured.measures.map(({ name }) => name),
    relevanceLevel: flags.relevanceLevel,
    average: flags.average,
    seed: flags.seed,
    queries: countQueries(measured.judgments, queries, flags.relevanceLevel),
    runs: runs.map((run) => runReport(run, queries, flags.average, flags.perQuery === true)),
    comparisons,
    ...(answers && liveReport(answers, context)),
    partial,
    warnings: measured.warnings,
    ...(measured.runFiles && { runFiles: measured.runFiles }),
    seconds: Math.round(performance.now() - started) / 1_000,
  };
  await answer(report, measured, flags, context);
  if (partial)
    terminal.say(`Interrupted after ${queries.length} of ${measured.wanted} queries: the answer is partial.`);
  return answers && answers.failed.count > 0 ? exitCode.failed : exitCode.done;
}

function liveReport(
  { blend, latency, degraded, failed }: Answers,
  { secrets }: CommandContext,
): Pick<EvalReport, 'blend' | 'latencyMs' | 'degraded' | 'failed'> {
  const measured = stages.flatMap((stage): [Stage, NonNullable<ReturnType<typeof percentiles>>][] => {
    const found = percentiles(latency[stage]);
    return found ? [[stage, found]] : [];
  });
  const told = (incidents: Incidents) => ({
    count: incidents.count,
    reasons: incidents.list().map((one) => ({ ...one, reason: secrets.redact(one.reason) })),
  });
  return {
    ...(blend !== undefined && { blend }),
    latencyMs: Object.fromEntries(measured),
    degraded: told(degraded),
    failed: told(failed),
  };
}

async function answer(
  report: EvalReport,
  { measures }: Measured,
  { json }: EvalFlags,
  { terminal }: CommandContext,
): Promise<void> {
  if (terminal.json) return terminal.answerJson(report);
  for (const line of evalLines(report, measures, terminal)) terminal.answer(line);
  if (typeof json !== 'string') return;
  await writeFile(json, `${stringifyJson(report)}\n`).catch((error: NodeJS.ErrnoException) => {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: '--json',
      problem: `${json} cannot be written (${error.code}).`,
      nextStep: 'Name a file in a writable folder, or - for standard output.',
      cause: error,
    });
  });
  terminal.say(`Wrote ${json}`);
}
