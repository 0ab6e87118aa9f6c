import { describeAsJson, describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Candidate } from '../seams/candidate.ts';
import type { Embedder } from '../seams/embedder.ts';
import type { Expansion } from './expansion-options.ts';

export const contextOrders = ['best-first', 'best-at-ends'] as const;
export const citationStyles = ['brackets', 'tags'] as const;
/** How passages are marked in a prompt; see `ContextOptions.citationStyle`. */
export type CitationStyle = (typeof citationStyles)[number];

/**
 * What is done about passages that say the same.
 *
 * `nearDuplicates`: a hit is left out whose text shares at least this part of its shingles with a better one (Jaccard, Broder
 * 1997), above 0 to 1. `mmr`: maximal marginal relevance (Carbonell & Goldstein 1998): the next one is that with the largest
 * λ × relevance − (1 − λ) × similarity to what was taken, λ from 0 to 1; relevance is the score stretched onto [0, 1] over
 * the hits, similarity the cosine of `vectors`, or without them the part of shingles that both share.
 */
export type Diversity =
  | 'none'
  | { readonly nearDuplicates: number }
  | {
      readonly mmr: number;
      readonly vectors?: PassageVectors;
    };

/** What makes the vectors of passages, or knows them: from the payload, for example. */
export type PassageVectors = Embedder | ((candidate: Candidate) => ArrayLike<number>);

/** How {@link buildContext} chooses, orders and writes passages. */
export interface ContextOptions {
  /** Tokens that the text may have, from 1. */
  readonly tokenBudget: number;
  /**
   * Tokens of a text for the model that reads it. It counts the whole text, so it need not be additive.
   * @default a third of the UTF-8 bytes, rounded up: more than what tokenizers of today make of most languages
   */
  readonly countTokens?: (text: string) => number;
  /** @default { nearDuplicates: 0.8 } */
  readonly diversity?: Diversity;
  /** Adds what stands around a passage. @default nothing is added */
  readonly expand?: Expansion;
  /**
   * `best-at-ends` puts the best passages first and last and the weakest in the middle, where long contexts are read least
   * (Liu et al. 2023, "Lost in the Middle"). @default 'best-first'
   */
  readonly order?: (typeof contextOrders)[number];
  /** Hits with a lower score are left out. @default none is left out */
  readonly minScore?: number;
  /** `brackets`: a line `[1] title`, then the passage, each line quoted by `> `. `tags`: XML elements. @default 'brackets' */
  readonly citationStyle?: CitationStyle;
  /** A hit's title. @default `payload.title`, where it is a string */
  readonly titleOf?: (candidate: Candidate) => string | undefined;
  readonly signal?: AbortSignal;
}

export type CheckedContextOptions = Required<Omit<ContextOptions, 'expand' | 'minScore' | 'signal'>> &
  Pick<ContextOptions, 'expand' | 'minScore' | 'signal'>;

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkContextOptions(given: ContextOptions): CheckedContextOptions {
  const options = (given ?? {}) as ContextOptions;
  const {
    tokenBudget,
    countTokens = thirdOfBytes,
    diversity = { nearDuplicates: 0.8 },
    order = 'best-first',
    citationStyle = 'brackets',
    titleOf = titleInPayload,
    expand,
    minScore,
    signal,
  } = options;
  if (!Number.isInteger(tokenBudget) || tokenBudget < 1) {
    refuse(`tokenBudget is ${describeValue(tokenBudget)}.`, 'Use an integer from 1.');
  }
  if (!contextOrders.includes(order)) {
    refuse(`order is ${describeAsJson(order)}.`, `Use one of ${contextOrders.join(', ')}.`);
  }
  if (!citationStyles.includes(citationStyle)) {
    refuse(`citationStyle is ${describeAsJson(citationStyle)}.`, `Use one of ${citationStyles.join(', ')}.`);
  }
  if (minScore !== undefined && !Number.isFinite(minScore)) {
    refuse(`minScore is ${describeValue(minScore)}.`, 'Use a number; it is compared with the hits’ scores.');
  }
  for (const [name, value] of Object.entries({ countTokens, titleOf })) {
    if (typeof value !== 'function') refuse(`${name} is ${describeValue(value)}.`, 'Pass a function.');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    refuse(`signal is ${describeValue(signal)}.`, 'Use the signal of an AbortController.');
  }
  checkDiversity(diversity);
  if (expand !== undefined) checkExpansion(expand);
  return { ...options, countTokens, diversity, order, citationStyle, titleOf };
}

function checkExpansion(expand: Expansion): void {
  if (typeof expand !== 'object' || expand === null) {
    refuse(`expand is ${describeValue(expand)}.`, 'Use { fetch, neighbors } or { fetch, parent }.');
  }
  const { fetch, neighbors, parent, timeoutMs } = expand;
  if ((neighbors === undefined) === (parent === undefined)) {
    refuse('expand names neither or both of neighbors and parent.', 'Give one of them.');
  }
  for (const [name, value] of Object.entries({ fetch, neighbors: neighbors ?? parent })) {
    if (typeof value !== 'function') refuse(`expand.${name} is ${describeValue(value)}.`, 'Pass a function.');
  }
  if (
    timeoutMs !== undefined &&
    !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= 2 ** 31 - 1)
  ) {
    refuse(`expand.timeoutMs is ${describeValue(timeoutMs)}.`, 'Use a number of milliseconds above 0.');
  }
}

function checkDiversity(diversity: Diversity): void {
  if (diversity === 'none') return;
  const { nearDuplicates, mmr, vectors } = (diversity ?? {}) as {
    nearDuplicates?: unknown;
    mmr?: unknown;
    vectors?: Partial<Embedder> | ((candidate: Candidate) => unknown) | null;
  };
  const within = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
  const one = (nearDuplicates === undefined) !== (mmr === undefined);
  const usable =
    vectors === undefined || typeof vectors === 'function' || typeof vectors?.embed === 'function';
  if (!usable) {
    refuse(
      `diversity.vectors is ${describeValue(vectors)}.`,
      'Pass an embedder, or a function that takes a candidate and gives its vector.',
    );
  }
  if (one && (within(mmr) || (within(nearDuplicates) && nearDuplicates !== 0))) return;
  refuse(
    `diversity is ${describeAsJson(diversity)}.`,
    "Use 'none', { nearDuplicates: 0.8 } or { mmr: 0.7 }: a number from 0 to 1, and above 0 for duplicates.",
  );
}

function thirdOfBytes(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

function titleInPayload({ payload }: Candidate): string | undefined {
  const title = payload?.['title'];
  return typeof title === 'string' ? title : undefined;
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin: 'build-context', problem, nextStep });
}
