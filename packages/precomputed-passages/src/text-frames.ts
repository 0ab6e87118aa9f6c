import { RetrievalError } from '@secondpass/core';
import type { PairTemplate } from '@secondpass/core/runtime';
import { concatenate, type TokenSequence } from '@secondpass/core/runtime';

/** Special tokens around one text of a pair, and the part that its tokens belong to. */
export interface TextFrame {
  readonly before: TokenSequence;
  readonly after: TokenSequence;
  readonly typeId: number;
}

/** A pair's template in two, so that query and passage can each be read alone. Joined again they give the pair. */
export interface TextFrames {
  readonly query: TextFrame;
  readonly passage: TextFrame;
}

/**
 * Cuts a template where the type of its tokens becomes the passage's.
 *
 * @throws RetrievalError `model-unsupported` if both texts have the same type
 */
export function framesOf(template: PairTemplate, origin: string): TextFrames {
  const { before, between, after, queryTypeId, passageTypeId } = template;
  if (queryTypeId === passageTypeId) {
    throw new RetrievalError({
      code: 'model-unsupported',
      origin,
      problem:
        'tokenizer.json gives query and passage the same token type, so that no graph can distinguish them.',
      nextStep: 'Use loadCrossEncoder.',
    });
  }
  const found = between.typeIds.indexOf(passageTypeId);
  const cut = found === -1 ? between.typeIds.length : found;
  return {
    query: { before, after: part(between, 0, cut), typeId: queryTypeId },
    passage: { before: part(between, cut), after, typeId: passageTypeId },
  };
}

/** A text in its frame, cut at its end to `maxTokens` tokens, special ones included. */
export function frameText(
  ids: Int32Array,
  { before, after, typeId }: TextFrame,
  maxTokens: number,
): { readonly sequence: TokenSequence; readonly tokensCut: number } {
  const room = Math.max(1, maxTokens - before.ids.length - after.ids.length);
  const kept = ids.subarray(0, room);
  const text = { ids: kept, typeIds: new Int32Array(kept.length).fill(typeId) };
  return { sequence: concatenate([before, text, after]), tokensCut: ids.length - kept.length };
}

/** The token types of a framed text, from its token ids alone. */
export function typesOf(length: number, { before, after, typeId }: TextFrame): Int32Array {
  const types = new Int32Array(length).fill(typeId);
  types.set(before.typeIds);
  types.set(after.typeIds, length - after.typeIds.length);
  return types;
}

function part({ ids, typeIds }: TokenSequence, start: number, end?: number): TokenSequence {
  return { ids: ids.slice(start, end), typeIds: typeIds.slice(start, end) };
}
