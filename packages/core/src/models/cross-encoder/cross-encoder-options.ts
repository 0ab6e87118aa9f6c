import { flag, integer, number, oneOf } from '../../foundation/check-options.ts';
import { checkEncoderOptions, type EncoderOptions } from '../runtime/encoder-options.ts';
import { type LongPassagePolicy, type LongPassageSettings, longPassagePolicies } from './long-passages.ts';

/** How a cross-encoder runs, and what it does with texts that are too long. */
export interface CrossEncoderOptions extends EncoderOptions {
  /**
   * Which part is read of a passage that does not fit together with its query: its beginning (`truncate`, Hugging
   * Face's `only_second`), overlapping chunks, of which the best counts (`chunk-max`) or the mean of the best
   * `topChunks` (`chunk-mean-top-k`), or its beginning and its end in one pair (`first-and-last`). Each chunk costs
   * as much as a passage.
   * @default 'truncate'
   */
  readonly longPassages?: LongPassagePolicy;
  /** Tokens that neighboring chunks share, from 0 to 4096; half a chunk at most. @default 64 */
  readonly chunkOverlap?: number;
  /** Chunks read of one passage, from 1 to 256; what follows is cut and counted. @default 32 */
  readonly maxChunks?: number;
  /** Chunks whose mean counts in `chunk-mean-top-k`, from 1 to 256. @default 3 */
  readonly topChunks?: number;
  /**
   * The share of a pair that a query may take, from 0.05 to 0.95; the rest of the query is cut and counted.
   * @default 0.5
   */
  readonly maxQueryShare?: number;
  /**
   * Memory for the token ids of passages that are scored repeatedly, in bytes of texts and ids; 0 for none.
   * Tokenizing takes under 1 % of the time of a six-layer model, so that only small models gain from this memory.
   * @default 0
   */
  readonly passageCacheBytes?: number;
  /** Whether a few made-up pairs are scored after loading, to see that the model reads both texts. @default true */
  readonly probe?: boolean;
}

export type CheckedCrossEncoderOptions = LongPassageSettings &
  ReturnType<typeof checkEncoderOptions> & {
    readonly maxQueryShare: number;
    readonly passageCacheBytes: number;
    readonly probe: boolean;
  };

const shape = {
  longPassages: oneOf(longPassagePolicies).optional(),
  chunkOverlap: integer(0, 4096).optional(),
  maxChunks: integer(1, 256).optional(),
  topChunks: integer(1, 256).optional(),
  maxQueryShare: number(0.05, 0.95).optional(),
  passageCacheBytes: integer(0, 2 ** 40).optional(),
  probe: flag.optional(),
};

/** @throws RetrievalError `invalid-options`, whose `path` leads to the option */
export function checkCrossEncoderOptions(
  options: CrossEncoderOptions,
  origin: string,
): CheckedCrossEncoderOptions {
  const encoder = checkEncoderOptions(options, origin, shape);
  const { longPassages = 'truncate', chunkOverlap = 64, maxChunks = 32, topChunks = 3 } = options;
  const { maxQueryShare = 0.5, passageCacheBytes = 0, probe = true } = options;
  return {
    ...encoder,
    longPassages,
    chunkOverlap,
    maxChunks,
    topChunks,
    maxQueryShare,
    passageCacheBytes,
    probe,
  };
}
