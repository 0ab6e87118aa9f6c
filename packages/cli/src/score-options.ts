import type { ScoreScaling } from '@secondpass/core';
import type { longPassagePolicies } from '@secondpass/core/models';
import { InvalidArgumentError, Option } from 'commander';

// Lists of core, held to it by their types alone: importing core would make `--help` several times slower.
const scoreScalings: Record<ScoreScaling, true> = { model: true, 'min-max': true, softmax: true };
const policies: Record<(typeof longPassagePolicies)[number], true> = {
  truncate: true,
  'chunk-max': true,
  'chunk-mean-top-k': true,
  'first-and-last': true,
};

/** The flag `--min-score` of `rerank` and `search`. */
export function minScoreOption(): Option {
  return new Option('--min-score <score>', 'leave out hits with a lower score, from 0 to 1').argParser(share);
}

/** The flag `--blend` of `search`. */
export function blendOption(): Option {
  return new Option(
    '--blend <weight>',
    'weight of stage 1 in the order, from 0 to 1 (default: only stage 2)',
  ).argParser(share);
}

function share(value: string): number {
  const number = /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw new InvalidArgumentError('A number from 0 to 1 was expected.');
}

/** Their flag `--score-scaling`. */
export function scoreScalingOption(): Option {
  return new Option(
    '--score-scaling <way>',
    'meaning of the score: the model’s own, or relative to this list',
  ).choices(Object.keys(scoreScalings));
}

/** The flag `--long-passages` of `rerank`. */
export function longPassagesOption(): Option {
  return new Option('--long-passages <policy>', 'which part of a too long document is read').choices(
    Object.keys(policies),
  );
}
