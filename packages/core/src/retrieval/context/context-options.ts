import { z } from 'zod';
import {
  abortSignal,
  callback,
  checkOptions,
  integer,
  milliseconds,
  number,
  oneOf,
} from '../../foundation/check-options.ts';
import type { Candidate } from '../seams/candidate.ts';
import type { Embedder } from '../seams/embedder.ts';
import type { Expansion } from './expansion-options.ts';

export const contextOrders = ['best-first', 'best-at-ends'] as const;
export const citationStyles = ['brackets', 'tags'] as const;
/** How passages are marked in a prompt; see `ContextOptions.citationStyle`. */
export type CitationStyle = (typeof citationStyles)[number];

/**
 * How passages that say the same are treated.
 *
 * `nearDuplicates`: a hit is left out if its text shares at least this part of its shingles with a better one
 * (Jaccard, Broder 1997), above 0 to 1. `mmr`: maximal marginal relevance (Carbonell & Goldstein 1998): the next hit
 * is the one with the largest λ × relevance − (1 − λ) × similarity to the hits already taken, λ from 0 to 1;
 * relevance is the score stretched onto [0, 1] over the hits, similarity the cosine of `vectors`, or without them the
 * share of shingles that both have.
 */
export type Diversity =
  | 'none'
  | { readonly nearDuplicates: number }
  | {
      readonly mmr: number;
      readonly vectors?: PassageVectors;
    };

/** An embedder that computes the vectors of passages, or a function that looks them up, for example in the payload. */
export type PassageVectors = Embedder | ((candidate: Candidate) => ArrayLike<number>);

/** How {@link buildContext} chooses, orders and writes passages. */
export interface ContextOptions {
  /** The most tokens that the text may have, from 1. */
  readonly tokenBudget: number;
  /**
   * Counts the tokens of a text for the model that reads it. It always gets the whole text, so it need not be
   * additive.
   * @default a third of the UTF-8 bytes, rounded up: more than today's tokenizers need for most languages
   */
  readonly countTokens?: (text: string) => number;
  /** @default { nearDuplicates: 0.8 } */
  readonly diversity?: Diversity;
  /** Adds the text around a passage. @default nothing is added */
  readonly expand?: Expansion;
  /**
   * `best-at-ends` puts the best passages first and last and the weakest in the middle, where long contexts are read least
   * (Liu et al. 2023, "Lost in the Middle"). @default 'best-first'
   */
  readonly order?: (typeof contextOrders)[number];
  /** Hits with a lower score are left out. @default all are kept */
  readonly minScore?: number;
  /** `brackets`: a line `[1] title`, then the passage, each line quoted by `> `. `tags`: XML elements. @default 'brackets' */
  readonly citationStyle?: CitationStyle;
  /** A hit's title. @default `payload.title`, if it is a string */
  readonly titleOf?: (candidate: Candidate) => string | undefined;
  readonly signal?: AbortSignal;
}

export type CheckedContextOptions = Required<Omit<ContextOptions, 'expand' | 'minScore' | 'signal'>> &
  Pick<ContextOptions, 'expand' | 'minScore' | 'signal'>;

const diversity = z
  .strictObject({
    nearDuplicates: z
      .custom<number>((value) => isShare(value) && value > 0, 'a number above 0, at most 1')
      .optional(),
    mmr: number(0, 1).optional(),
    vectors: z
      .custom<PassageVectors>(
        (value) =>
          typeof value === 'function' || typeof (value as Partial<Embedder> | null)?.embed === 'function',
        'an embedder, or a function that takes a candidate and gives its vector',
      )
      .optional(),
  })
  .refine(({ nearDuplicates, mmr }) => (nearDuplicates === undefined) !== (mmr === undefined));

const expand = z
  .strictObject({
    fetch: callback('ids and gives their documents'),
    neighbors: callback('a candidate and gives the ids around it').optional(),
    parent: callback('a candidate and gives the id of its text').optional(),
    timeoutMs: milliseconds.optional(),
  })
  .refine(
    ({ neighbors, parent }) => (neighbors === undefined) !== (parent === undefined),
    'one with either neighbors or parent, and with fetch',
  );

const schema = z.strictObject({
  tokenBudget: integer(1, Number.MAX_SAFE_INTEGER),
  countTokens: callback('a text and counts its tokens').optional(),
  diversity: z
    .union([z.literal('none'), diversity], {
      error: "'none', { nearDuplicates: 0.8 } or { mmr: 0.7 }, one of the two numbers",
    })
    .optional(),
  expand: expand.optional(),
  order: oneOf(contextOrders).optional(),
  minScore: z
    .custom<number>(Number.isFinite, 'a number; it is compared with the scores of the hits')
    .optional(),
  citationStyle: oneOf(citationStyles).optional(),
  titleOf: callback('a candidate and gives its title').optional(),
  signal: abortSignal.optional(),
});

/** @throws RetrievalError `invalid-options`, whose `path` leads to the option */
export function checkContextOptions(options: ContextOptions): CheckedContextOptions {
  checkOptions(schema, options, { origin: 'build-context' });
  const {
    countTokens = thirdOfBytes,
    diversity = { nearDuplicates: 0.8 },
    order = 'best-first',
    citationStyle = 'brackets',
    titleOf = titleInPayload,
  } = options;
  return { ...options, countTokens, diversity, order, citationStyle, titleOf };
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function thirdOfBytes(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

function titleInPayload({ payload }: Candidate): string | undefined {
  const title = payload?.['title'];
  return typeof title === 'string' ? title : undefined;
}
