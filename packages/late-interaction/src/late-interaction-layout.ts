import { RetrievalError } from '@secondpass/core';
import type { TokenProjection } from '@secondpass/core/runtime';

/** How a late-interaction model reads texts, as its own files state. */
export interface LateInteractionLayout {
  /** The marks of a query and of a passage; empty for no mark. */
  readonly marks: Readonly<Record<'query' | 'passage', string>>;
  /** Whether the mark is one token after the first special token, or text in front of the text. */
  readonly markAs: 'token' | 'text';
  /** Longest query in tokens, special ones included; `undefined` if the files state none. */
  readonly queryTokens: number | undefined;
  readonly passageTokens: number | undefined;
  /** Whether shorter queries are padded with mask tokens, whose vectors are scored too. */
  readonly expandQueries: boolean;
  /** Whether the query's own tokens may attend to those mask tokens. */
  readonly attendToExpansion: boolean;
  /** Words whose tokens are left out of passages. */
  readonly skippedWords: readonly string[];
  /** Projections that are applied to each token's vector after the graph, in this order. */
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
    problem: `It is not a supported late-interaction model: ${problem}.`,
    nextStep:
      "Use a model of PyLate, of Stanford's ColBERT, or of sentence-transformers' MultiVectorEncoder.",
  });
}
