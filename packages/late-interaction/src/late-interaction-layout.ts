import { RetrievalError } from '@secondpass/core';
import type { TokenProjection } from '@secondpass/core/runtime';

/** How a late-interaction model wants its texts, as its own files say. */
export interface LateInteractionLayout {
  /** What marks a query and a passage; empty for no mark. */
  readonly marks: Readonly<Record<'query' | 'passage', string>>;
  /** Whether the mark is one token behind the first special token, or text before the text. */
  readonly markAs: 'token' | 'text';
  /** Longest query in tokens, special ones included; `undefined` where the files state none. */
  readonly queryTokens: number | undefined;
  readonly passageTokens: number | undefined;
  /** Whether shorter queries are filled up with mask tokens, whose vectors are scored too. */
  readonly expandQueries: boolean;
  /** Whether the query's own tokens may attend to those mask tokens. */
  readonly attendToExpansion: boolean;
  /** Words whose token is not kept in a passage. */
  readonly skippedWords: readonly string[];
  /** What each token's vector goes through behind the graph, in this order. */
  readonly projections: readonly TokenProjection[];
  /** Files of the projections, inside the model directory. */
  readonly weightFiles: readonly string[];
}

export interface ModelModule {
  /** The last part of its class's name. */
  readonly kind: string;
  readonly path: string;
}

/** The characters that ColBERT leaves out of passages: ASCII's punctuation. */
export const punctuation = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'];

export function unsupportedLayout(origin: string, problem: string): RetrievalError {
  return new RetrievalError({
    code: 'model-unsupported',
    origin,
    problem: `It is not a late-interaction model that is run here: ${problem}.`,
    nextStep:
      "Use a model of PyLate, of Stanford's ColBERT, or of sentence-transformers' MultiVectorEncoder.",
  });
}
