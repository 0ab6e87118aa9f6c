import type { Tokenizer as HuggingFaceTokenizer } from 'tokenizers';
import type { z } from 'zod';
import { bertSchema, byteLevelSchema, sentencePieceSchema } from './pipeline-schemas.ts';
import {
  type SplitWords,
  splitAtSingleSpaces,
  splitAtSpaces,
  splitAtWhitespace,
  splitBeforeSpaces,
} from './split-words.ts';
import { asciiUnigram } from './unigram.ts';
import { asciiWordPiece } from './word-piece.ts';

/** The parts needed to tokenize word by word with the same result as the library's for the whole text. */
export interface WordPipeline {
  readonly split: SplitWords;
  /** Whether the word's tokens are the same alone as between other words. */
  readonly standsAlone: (word: string) => boolean;
  /** The ids of a word of visible ASCII that stands alone; `undefined` if the library has to decide. */
  readonly asciiIds: (word: string) => number[] | undefined;
  /** A special token that separates words when the library reads many at once. */
  readonly separator: { readonly content: string; readonly id: number };
}

/**
 * The pipelines of BERT (WordPiece), XLM-RoBERTa (SentencePiece's unigram model) and RoBERTa (byte-level BPE), if
 * this code supports every part and every option; `undefined` for any other, which only the library reads.
 *
 * @param json `tokenizer.json`
 * @param library the same file as the library reads it
 */
export function wordPipeline(json: unknown, library: HuggingFaceTokenizer): WordPipeline | undefined {
  const bert = bertSchema.safeParse(json);
  if (bert.success) return bertPipeline(bert.data);
  const sentencePiece = sentencePieceSchema.safeParse(json);
  if (sentencePiece.success) return sentencePiecePipeline(sentencePiece.data, library);
  const byteLevel = byteLevelSchema.safeParse(json);
  return byteLevel.success ? byteLevelPipeline(byteLevel.data) : undefined;
}

function bertPipeline({ normalizer, model, added_tokens }: z.infer<typeof bertSchema>) {
  const addedTokens = separable(added_tokens);
  if (addedTokens === undefined) return undefined;
  const asciiIds = asciiWordPiece(model, normalizer.lowercase);
  return { ...addedTokens, split: splitAtWhitespace, standsAlone: addedTokens.isFree, asciiIds };
}

function byteLevelPipeline({ added_tokens }: z.infer<typeof byteLevelSchema>) {
  const addedTokens = separable(added_tokens);
  if (addedTokens === undefined) return undefined;
  const asciiIds = () => undefined;
  return { ...addedTokens, split: splitBeforeSpaces, standsAlone: addedTokens.isFree, asciiIds };
}

const mark = '▁';
const visibleAscii = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join('');

function sentencePiecePipeline(
  { normalizer: steps, pre_tokenizer, model, added_tokens }: z.infer<typeof sentencePieceSchema>,
  library: HuggingFaceTokenizer,
): WordPipeline | undefined {
  const addedTokens = separable(added_tokens);
  const normalizer = library.getNormalizer();
  const normalized = (text: string) => normalizer?.normalizeString(text) ?? text;
  // The model has its own map of characters: a map that changes ASCII is not supported here.
  const leavesAscii = [...visibleAscii].every((character) => normalized(character) === character);
  if (addedTokens === undefined || !leavesAscii) return undefined;
  const kinds = 'normalizers' in steps ? steps.normalizers.map(({ type }) => type) : [];
  const dropsSpaces = kinds.includes('Replace') ? kinds.includes('Strip') : pre_tokenizer.type === 'Sequence';
  const standsAlone = (word: string) =>
    addedTokens.isFree(word) && (/^[!-~]+$/.test(word) || keepsToItself(word, normalized(word)));
  return {
    ...addedTokens,
    split: dropsSpaces ? splitAtSpaces : splitAtSingleSpaces,
    standsAlone,
    asciiIds: asciiUnigram(model, mark),
  };
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Whether a word that is not ASCII is independent of the spaces around it. The normalizer works on graphemes, and a
 * space with a combining mark after it is one grapheme; also, the normalized word must not begin or end with a space.
 */
function keepsToItself(word: string, normalized: string): boolean {
  if (`${word}${normalized}`.includes(mark)) return false;
  for (const form of [word, normalized]) {
    if (!/^[\p{L}\p{N}\p{P}\p{S}]/u.test(form) || !/[\p{L}\p{N}\p{P}\p{S}\p{M}]$/u.test(form)) return false;
  }
  return (
    graphemes.segment(` ${word}`).containing(0)?.segment === ' ' &&
    graphemes.segment(`${word} `).containing(word.length)?.segment === ' '
  );
}

/** Tokens that are cut out of a text before it is read; `undefined` if none of them can separate words. */
function separable(tokens: z.infer<typeof byteLevelSchema>['added_tokens']) {
  const separator = tokens.find(({ lstrip, rstrip, special }) => special && !lstrip && !rstrip);
  if (separator === undefined) return undefined;
  const isFree = (word: string) =>
    tokens.every(({ content }) => {
      const position = (word + separator.content).indexOf(content);
      return position === -1 || (position === word.length && content === separator.content);
    });
  return { separator, isFree };
}
