import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import type { TuningGoal } from '@secondpass/tuning';
import type { ScopeFlags } from '../../search-scope.ts';

export interface TuneFlags extends ScopeFlags {
  readonly config: string;
  readonly collection: string;
  readonly qrels?: string;
  readonly maxLoss?: number;
  readonly maxLatency?: number;
  readonly models?: readonly string[];
  readonly precisions?: readonly ('fp32' | 'int8')[];
  readonly depths?: readonly number[];
  readonly blends?: readonly number[];
  readonly measure: string;
  readonly queries?: number;
  readonly rounds: number;
  readonly seed: number;
  readonly out?: string;
  readonly report?: string;
  readonly force?: true;
}

export function goalOf({ maxLoss, maxLatency }: TuneFlags): TuningGoal {
  return maxLatency === undefined ? { maxLoss: maxLoss ?? 0.005 } : { maxLatencyMs: maxLatency };
}

/**
 * Checks before the work that the output files can be written.
 *
 * @throws RetrievalError `invalid-options`
 */
export async function checkOutputs({ config, out, report, force }: TuneFlags): Promise<void> {
  for (const [flag, file] of Object.entries({ out, report })) {
    if (file === undefined) continue;
    const folder = await stat(dirname(resolve(file))).catch(() => undefined);
    if (!folder?.isDirectory()) throw refuse(`The folder of --${flag} ${file} does not exist.`, 'Create it.');
    if (existsSync(file) && !force) {
      throw refuse(`--${flag} ${file} exists.`, 'Name another file, or replace it with --force.');
    }
  }
  if (report !== undefined && !['.html', '.htm'].includes(extname(report))) {
    throw refuse(`--report ${report} does not end in .html.`, 'Name a file that ends in .html.');
  }
  if (out === undefined) return;
  const wanted = extname(config) === '.ts' ? ['.ts'] : ['.yaml', '.yml'];
  if (!wanted.includes(extname(out))) {
    throw refuse(
      `--out ${out} has another format than ${config}.`,
      `Name a file that ends in ${wanted.join(' or ')}.`,
    );
  }
  if (dirname(resolve(out)) !== dirname(resolve(config))) {
    throw refuse(
      `--out ${out} is in another folder than ${config}.`,
      'Write it next to that file: paths in a configuration are relative to its folder.',
    );
  }
  if (resolve(out) === resolve(config)) {
    throw refuse('--out names the configuration in use.', 'Name another file.');
  }
}

export function refuse(problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin: 'tune', problem, nextStep });
}
