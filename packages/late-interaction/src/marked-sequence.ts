import { concatenate, type TokenSequence } from '@secondpass/core/runtime';

export interface SequenceForm {
  /** Special tokens before and after a text. */
  readonly template: { readonly before: TokenSequence; readonly after: TokenSequence };
  /** The token that marks the text's kind, after the first token. */
  readonly mark: number | undefined;
  /** Longest sequence in tokens, special ones included. */
  readonly maxTokens: number;
  /** Pads shorter sequences to `maxTokens` with this token. */
  readonly expansion?: { readonly token: number; readonly attended: boolean };
}

export interface MarkedSequence extends TokenSequence {
  readonly tokensCut: number;
}

/** Special tokens around the text, the text cut at its end, the mark after the first token, and the expansion. */
export function markedSequence(
  ids: Int32Array,
  { template, mark, maxTokens, expansion }: SequenceForm,
): MarkedSequence {
  const around = template.before.ids.length + template.after.ids.length + (mark === undefined ? 0 : 1);
  const kept = ids.subarray(0, Math.max(0, maxTokens - around));
  const text = { ids: kept, typeIds: new Int32Array(kept.length) };
  const plain = concatenate([template.before, text, template.after]);
  const marked = mark === undefined ? plain : withMark(plain, mark);
  const tokensCut = ids.length - kept.length;
  const missing = maxTokens - marked.ids.length;
  if (!expansion || missing <= 0) return { ...marked, tokensCut };
  const filling = {
    ids: new Int32Array(missing).fill(expansion.token),
    typeIds: new Int32Array(missing),
  };
  return {
    ...concatenate([marked, filling]),
    ...(!expansion.attended && { attended: marked.ids.length }),
    tokensCut,
  };
}

function withMark({ ids, typeIds }: TokenSequence, mark: number): TokenSequence {
  return concatenate([
    { ids: ids.subarray(0, 1), typeIds: typeIds.subarray(0, 1) },
    { ids: Int32Array.of(mark), typeIds: Int32Array.of(0) },
    { ids: ids.subarray(1), typeIds: typeIds.subarray(1) },
  ]);
}
