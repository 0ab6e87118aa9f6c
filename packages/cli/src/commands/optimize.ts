import { resolve } from 'node:path';
import { type Precision, RetrievalError } from '@secondpass/core';
import { calibrateBiEncoder, calibrateCrossEncoder } from '@secondpass/core/models';
import { type OptimizedGraph, optimizeModel } from '@secondpass/runtime-onnx';
import Table from 'cli-table3';
import { readCalibrationTexts } from '../calibration-texts.ts';
import type { CommandContext } from '../command-context.ts';
import { isBundled, type ResolvedModel, resolveModel } from '../models.ts';
import { noBorders } from '../output/no-borders.ts';
import type { Terminal } from '../output/terminal.ts';

export interface OptimizeFlags {
  readonly precision?: Precision;
  readonly out?: string;
  readonly texts?: string;
}

/** `secondpass optimize`: rewrites a model's graph to run faster, before its first load, and reports the changes. */
export async function optimize(model: string, flags: OptimizeFlags, context: CommandContext): Promise<void> {
  const { terminal, folder } = context;
  const { texts, out, precision } = flags;
  if (texts !== undefined && precision !== 'int8') {
    throw invalidFlags(
      '--texts calibrates int8, but the precision is not int8.',
      'Add --precision int8, or leave --texts out.',
    );
  }
  const resolved = await resolveModel(model, folder, { code: 'model-not-found', origin: 'optimize' });
  const calibrated = texts === undefined ? undefined : await calibrate(model, resolved, texts, context, out);
  const optimized =
    calibrated === undefined
      ? await optimizeModel(resolved.directory, { ...(precision && { precision }), ...(out && { out }) })
      : await optimizeModel(calibrated, { precision: 'int8' });
  if (terminal.json) terminal.answerJson(optimized);
  else terminal.answer(describe(optimized, terminal));
}

/** @returns the directory of the calibrated model */
async function calibrate(
  model: string,
  { directory, name }: ResolvedModel,
  texts: string,
  { signal, folder }: CommandContext,
  out?: string,
): Promise<string> {
  // Do not change the folder of an installed package or of the hub's cache: other programs read it.
  if (out === undefined && (isBundled(model) || name !== undefined)) {
    throw invalidFlags(
      `${model} is in a folder that other programs also use.`,
      'Calibrate a copy: add --out FOLDER.',
    );
  }
  const target = out && { out: resolve(folder, out) };
  const given = await readCalibrationTexts(resolve(folder, texts));
  if ('pairs' in given) await calibrateCrossEncoder(directory, { ...given, ...target, signal });
  else await calibrateBiEncoder(directory, { ...given, ...target, signal });
  return target ? target.out : directory;
}

function invalidFlags(problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin: 'optimize', problem, nextStep });
}

function describe({ path, cached, report }: OptimizedGraph, terminal: Terminal): string {
  const { outcome, reason, passes, nodesBefore, nodesAfter, largestDifference } = report;
  const done = outcome === 'optimized';
  const table = new Table({
    head: ['pass', 'changes', 'notes'].map((head) => terminal.style('dim', head)),
    colWidths: [24, 9, terminal.width - 33],
    colAligns: ['left', 'right', 'left'],
    chars: noBorders,
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const { pass, applied, notes } of passes) table.push([pass, String(applied), notes.join(' ')]);
  const row = (label: string, value: string): string => `  ${label.padEnd(18)} ${value}`;
  return [
    ...(passes.length > 0 ? [table.toString(), ''] : []),
    row('outcome', done ? terminal.style('green', 'optimized') : `unchanged: ${reason}`),
    ...(nodesBefore > 0 ? [row('nodes', done ? `${nodesBefore} → ${nodesAfter}` : String(nodesBefore))] : []),
    ...(largestDifference === null ? [] : [row('largest difference', largestDifference.toExponential(1))]),
    row('graph', `${path}${cached && done ? ' (made before)' : ''}`),
  ].join('\n');
}
