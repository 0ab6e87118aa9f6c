import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { TokenSequence } from '../runtime/token-sequence.ts';

/** Texts of different lengths, so that even a tokenizer that knows none of the words makes different inputs of them. */
export const probeQueries = ['bread', 'why does bread rise', 'ships in winter'] as const;
export const probePassages = ['yeast makes gas', 'the harbour froze in winter', 'salt'] as const;

/** One made-up pair: the sequence that the model read, and its score. */
export interface ProbedPair {
  readonly query: string;
  readonly passage: string;
  readonly sequence: TokenSequence;
  readonly rawScore: number;
}

/**
 * Refuses a model whose score of made-up pairs does not depend on the query, or does not depend on the passage: its
 * ranking would be meaningless, without any error. Only scores that are equal to the last bit of float32 count, so
 * that weights of any size pass.
 *
 * @throws RetrievalError `model-output-invalid`
 */
export function checkProbedPairs(pairs: readonly ProbedPair[], origin: string): void {
  const blindTo = (['query', 'passage'] as const).filter((varied) => {
    const fixed = varied === 'query' ? 'passage' : 'query';
    const groups = Map.groupBy(pairs, (pair) => pair[fixed]);
    // A group whose inputs are all one sequence says nothing about the model.
    const telling = [...groups.values()].filter((group) => countDistinct(group) >= 3);
    if (telling.length === 0) throw sameInputs(varied, origin);
    return telling.every((group) => group.every((pair) => isSame(pair, group[0]!)));
  });
  if (blindTo.length === 0) return;
  const both = blindTo.length === 2;
  throw new RetrievalError({
    code: 'model-output-invalid',
    origin,
    problem: both
      ? `The model gives ${pairs[0]!.rawScore} to each of ${pairs.length} different made-up pairs: it reads neither text.`
      : `Its score does not change with the ${blindTo[0]}: made-up pairs that differ only there are scored alike.`,
    nextStep: both
      ? 'The ONNX file may lack its head, or its weights may be damaged; probe: false loads it anyway.'
      : 'The graph may read one text only, as a bi-encoder does, or take its inputs in another form; probe: false loads it anyway.',
  });
}

/** Different texts must become different inputs; otherwise the check would pass without having tested anything. */
function sameInputs(varied: 'query' | 'passage', origin: string): RetrievalError {
  return new RetrievalError({
    code: 'model-unsupported',
    origin,
    problem: `Made-up pairs whose ${varied} differs become one input of the model: the model does not see the ${varied}.`,
    nextStep:
      'Look at tokenizer.json (a normalizer that drops the text) and at the template (so long that no text fits); probe: false loads it anyway.',
  });
}

function isSame(a: ProbedPair, b: ProbedPair): boolean {
  return Math.fround(a.rawScore) === Math.fround(b.rawScore);
}

function countDistinct(pairs: readonly ProbedPair[]): number {
  return new Set(pairs.map(({ sequence }) => sequence.ids.join())).size;
}
