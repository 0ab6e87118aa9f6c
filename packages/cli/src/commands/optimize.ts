import { type OptimizedGraph, optimizeModel, type Precision } from '@secondpass/core';
import Table from 'cli-table3';
import type { CommandContext } from '../command-context.ts';
import { resolveModel } from '../models.ts';
import { noBorders } from '../output/no-borders.ts';
import type { Terminal } from '../output/terminal.ts';

export interface OptimizeFlags {
  readonly precision?: Precision;
  readonly out?: string;
}

/** `secondpass optimize`: rewrites a model's graph to run faster, ahead of its first load, and says what was done. */
export async function optimize(model: string, flags: OptimizeFlags, context: CommandContext): Promise<void> {
  const { terminal, folder } = context;
  const { directory } = await resolveModel(model, folder, { code: 'model-not-found', origin: 'optimize' });
  const optimized = await optimizeModel(directory, flags);
  if (terminal.json) terminal.answerJson(optimized);
  else terminal.answer(describe(optimized, terminal));
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
    row('outcome', done ? terminal.style('green', 'optimised') : `left as it is: ${reason}`),
    ...(nodesBefore > 0 ? [row('nodes', done ? `${nodesBefore} → ${nodesAfter}` : String(nodesBefore))] : []),
    ...(largestDifference === null ? [] : [row('largest difference', largestDifference.toExponential(1))]),
    row('graph', `${path}${cached && done ? ' (made before)' : ''}`),
  ].join('\n');
}
