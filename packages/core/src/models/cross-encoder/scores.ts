import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { ScoreScale } from '../model-directory/model-manifest.ts';
import type { OutputRow } from '../runtime/model-session.ts';
import type { ModelWarning } from '../runtime/model-warning.ts';

/** How many numbers a model of each scale gives per pair. */
export const outputsOf: Record<ScoreScale, number> = { logit: 1, 'two-logit': 2, probability: 1 };

/** What is needed to read a score. */
export interface ScoreReading {
  readonly scale: ScoreScale;
  /** Which of two logits is the relevant one. */
  readonly relevantLabel: number;
  /** Thrown if the output is not a score: it says why. */
  readonly outputProblem?: unknown;
}

/**
 * A model's output for one pair → its raw score.
 * Two logits count by their difference: softmax over (not relevant, relevant) is the sigmoid of it.
 *
 * @throws RetrievalError `model-output-invalid` when the shape is not the head's, or a number is not finite
 *
 * @example
 * import { readRawScore } from '@secondpass/core/extend';
 * const row = { data: Float32Array.of(-1, 2), dims: [2] };
 * readRawScore(row, { scale: 'two-logit', relevantLabel: 1 }, 'my-model'); // → 3
 */
export function readRawScore(
  { data, dims }: OutputRow,
  { scale, relevantLabel, outputProblem }: ScoreReading,
  origin: string,
): number {
  if (data.length !== outputsOf[scale]) {
    if (outputProblem !== undefined) throw outputProblem;
    throw invalidOutput(
      origin,
      `A pair gives an output of shape [${dims.join(', ')}], but the scale "${scale}" has ${outputsOf[scale]}`,
      'The ONNX file may lack its classification head, and no weights of a head are next to it; or secondpass.json states a scale that is not the model’s.',
    );
  }
  const raw = scale === 'two-logit' ? data[relevantLabel]! - data[1 - relevantLabel]! : data[0]!;
  if (!Number.isFinite(raw)) {
    throw invalidOutput(
      origin,
      `The model answers ${raw} for a pair`,
      'Its weights may be damaged, or their precision too low for this processor: try the fp32 graph.',
    );
  }
  return raw;
}

/**
 * Raw score → relevance in [0, 1], in float64.
 *
 * @param rawScore on the model's scale
 *
 * @example
 * import { probabilityOf } from '@secondpass/core/extend';
 * probabilityOf(0, 'logit'); // → 0.5
 * probabilityOf(0.9, 'probability'); // → 0.9
 */
export function probabilityOf(rawScore: number, scale: ScoreScale): number {
  if (scale === 'probability') return rawScore;
  // Two formulas, because exp overflows for large positive numbers and not for negative ones.
  if (rawScore >= 0) return 1 / (1 + Math.exp(-rawScore));
  const odds = Math.exp(rawScore);
  return odds / (1 + odds);
}

/**
 * Warns if three or more different pairs have exactly the same score: the model is saturated, or does not read them.
 * This is only a warning, because a working model can do that for one query; loading tests whether the model reads
 * both texts.
 *
 * @param countDistinct how many different pairs there are among the scored ones; asked only when all scores are equal
 *
 * @example
 * import { constantScore } from '@secondpass/core/extend';
 * const warning = constantScore([0.5, 0.5, 0.5], () => 3, 'my-model');
 * warning?.origin; // → 'my-model'
 * constantScore([0.5, 0.4, 0.5], () => 3, 'my-model'); // → undefined
 */
export function constantScore(
  rawScores: readonly number[],
  countDistinct: () => number,
  origin: string,
): ModelWarning | undefined {
  if (rawScores.length < 3 || rawScores.some((score) => score !== rawScores[0])) return undefined;
  const distinct = countDistinct();
  if (distinct < 3) return undefined;
  return {
    origin,
    problem: `The model gives ${rawScores[0]} to each of ${distinct} different passages, so that they keep their stage-1 order.`,
    nextStep: 'If that happens often, its scores saturate: use another model, or one of a higher precision.',
  };
}

function invalidOutput(origin: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'model-output-invalid', origin, problem: `${problem}.`, nextStep });
}
