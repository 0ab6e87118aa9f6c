import type { AskedBy } from '../../foundation/asked-by.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { PromptTemplate } from '../model-directory/prompt-template.ts';
import type { TokenSequence } from '../runtime/token-sequence.ts';
import type { Tokenizer } from '../runtime/tokenizer.ts';
import type { PairLayout, UncutPair } from './pair-layout.ts';

export interface DecoderLayoutParts {
  readonly origin: string;
  readonly tokenizer: Tokenizer;
  readonly template: PromptTemplate;
  readonly maxTokens: number;
  /** The largest share that a query may take of the tokens that the prompt leaves, from 0 to 1. */
  readonly maxQueryShare: number;
}

/** Tokens that a prompt must leave to query and passage. */
const leastTokens = 16;

/**
 * Pairs of a decoder: a prompt whose pieces are tokenized one by one. The text before a passage in its piece is tokenized
 * together with it, as a space between them belongs to the passage's first token.
 *
 * @throws RetrievalError `model-unsupported` when the prompt leaves no room
 */
export async function decoderLayout(parts: DecoderLayoutParts): Promise<PairLayout> {
  const { tokenizer, template, maxTokens, maxQueryShare, origin } = parts;
  const pieces = template.pieces.map((piece) =>
    piece.replace('{instruction}', () => template.instruction ?? ''),
  );
  const at = pieces.findIndex((piece) => piece.endsWith('{passage}'));
  const passagePiece = pieces[at]!.slice(0, -'{passage}'.length);
  const encodeAll = async (texts: readonly string[], signal?: AbortSignal, askedBy?: AskedBy) => {
    const encoded = await tokenizer.encode(texts, signal, askedBy);
    return Int32Array.from(encoded.flatMap((ids) => [...ids]));
  };
  const after = sequence(await encodeAll(pieces.slice(at + 1)));
  const empty = pieces
    .slice(0, at)
    .concat(passagePiece)
    .map((piece) => piece.replace('{query}', ''));
  const room = maxTokens - (await encodeAll(empty)).length - after.ids.length;
  if (room < leastTokens) {
    throw new RetrievalError({
      code: 'model-unsupported',
      origin,
      problem: `Its prompt takes ${maxTokens - room} of the ${maxTokens} tokens that it reads.`,
      nextStep: 'State a larger "maxTokens", or a shorter "template", in secondpass.json.',
    });
  }
  const mostOfQuery = Math.max(1, Math.floor(room * maxQueryShare));
  return {
    async layOut(query, passages, signal, askedBy) {
      const [whole] = await tokenizer.encodeWithOffsets([query], signal, askedBy);
      const queryTokensCut = Math.max(0, whole!.ids.length - mostOfQuery);
      const asked = queryTokensCut > 0 ? query.slice(0, whole!.ends[mostOfQuery - 1]) : query;
      const ask = (piece: string) => piece.replace('{query}', () => asked);
      const opening = await encodeAll(pieces.slice(0, at).map(ask), signal, askedBy);
      const introduction = ask(passagePiece);
      const encoded = await tokenizer.encodeWithOffsets(
        passages.map((passage) => introduction + passage),
        signal,
        askedBy,
      );
      const pairs = encoded.map(({ ids, starts, ends }): UncutPair => {
        const beginning = ends.findIndex((end) => end > introduction.length);
        const split = beginning === -1 ? ids.length : beginning;
        const inPassage = (offset: number) => Math.max(0, offset - introduction.length);
        return {
          before: sequence(Int32Array.from([...opening, ...ids.subarray(0, split)])),
          passage: ids.subarray(split),
          after,
          passageTypeId: 0,
          locate: async () => ({
            starts: starts.subarray(split).map(inPassage),
            ends: ends.subarray(split).map(inPassage),
          }),
        };
      });
      return { pairs, queryTokensCut };
    },
  };
}

function sequence(ids: Int32Array): TokenSequence {
  return { ids, typeIds: new Int32Array(ids.length) };
}
