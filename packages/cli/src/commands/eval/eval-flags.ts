import { RetrievalError } from '@secondpass/core';
import { defaultMeasures, type Measure, parseMeasure } from '@secondpass/evaluation';
import type { ScopeFlags } from '../../search-scope.ts';

export interface EvalFlags extends ScopeFlags {
  readonly config?: string;
  readonly collection?: string;
  readonly run: readonly string[];
  readonly qrels?: string;
  readonly depth?: number;
  readonly topK?: number;
  readonly measures?: string;
  readonly relevanceLevel: number;
  readonly average: Average;
  readonly queries?: number;
  readonly seed: number;
  readonly concurrency?: number;
  readonly runOut?: string;
  readonly perQuery?: true;
  /** Destination of the JSON: a file, or standard output for `-` and `true`. */
  readonly json?: string | true;
}

/** The queries of a mean: all judged ones, or those that the run answers. */
export type Average = 'judged' | 'in-run';

/** Either a configuration with a collection, or runs with their judgments. */
export type EvalTask =
  | { readonly kind: 'collection'; readonly config: string; readonly collection: string }
  | { readonly kind: 'runs'; readonly runs: readonly string[]; readonly qrels: string };

/** @throws RetrievalError `invalid-options` */
export function readTask(flags: EvalFlags): EvalTask {
  const { config, collection, run, qrels } = flags;
  if (run.length === 0) {
    if (config === undefined || collection === undefined) {
      throw refuse(
        config === undefined && collection === undefined
          ? 'There is nothing to evaluate.'
          : `--${config === undefined ? 'collection' : 'config'} is given without --${config === undefined ? 'config' : 'collection'}.`,
        'Name --config with --collection, or --run with --qrels.',
      );
    }
    return { kind: 'collection', config, collection };
  }
  const live = {
    config,
    collection,
    depth: flags.depth,
    concurrency: flags.concurrency,
    filter: flags.filter,
    tenant: flags.tenant,
    'run-out': flags.runOut,
  };
  const stray = Object.entries(live).find(([, value]) => value !== undefined);
  if (stray) {
    throw refuse(
      `--${stray[0]} cannot be used with --run, whose rankings are already made.`,
      'Leave it out.',
    );
  }
  if (qrels === undefined)
    throw refuse('--run is given without --qrels.', 'Name the judgments with --qrels.');
  const twice = run.find((file, index) => run.indexOf(file) !== index);
  if (twice !== undefined) throw refuse(`--run names ${twice} twice.`, 'Name each run once.');
  return { kind: 'runs', runs: run, qrels };
}

/** @throws RetrievalError `invalid-options` */
export function readMeasures(list: string | undefined): readonly Measure[] {
  const names = list === undefined ? defaultMeasures : list.split(',').map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refuse(`--measures names ${twice} twice.`, 'Name each measure once.');
  return names.map((name) => parseMeasure(name));
}

function refuse(problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin: 'eval', problem, nextStep });
}
