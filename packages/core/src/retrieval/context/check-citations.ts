import { z } from 'zod';
import { checkOptions, number as fraction } from '../../foundation/check-options.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { type AnswerSentence, answerSentences, citedNumbers, readAnswer } from './answer-sentences.ts';
import { withoutMarks } from './citation-marks.ts';
import type { Citation } from './context.ts';
import { missingQuotes, wordSupport } from './word-support.ts';

/** What {@link checkCitations} compares. */
export interface CheckCitationsOptions {
  /**
   * The share of a sentence's words that must occur in the cited passages, from 0 to 1.
   * @default words are not compared
   */
  readonly minSupport?: number;
  /** Language of the answer, as a BCP 47 tag, to find the ends of sentences. @default the language of the process */
  readonly locale?: string;
}

const optionsSchema = z.strictObject({
  minSupport: fraction(0, 1).optional(),
  locale: z.custom<string>(isLocale, 'a BCP 47 tag, such as "en"').optional(),
});

function isLocale(value: unknown): boolean {
  try {
    return typeof value === 'string' && Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}

/** A sentence with too few words in common with the passages that it cites. */
export interface UnsupportedSentence extends AnswerSentence {
  /** The share of its words that occur in them. */
  readonly support: number;
}

/** The result of checking an answer's citations. */
export interface CitationReport {
  readonly sentences: readonly AnswerSentence[];
  /** Numbers of passages that are cited, ascending. */
  readonly cited: readonly number[];
  /** Cited numbers that no passage has, ascending. */
  readonly unknown: readonly number[];
  /** Passages that nothing cites, ascending. */
  readonly unused: readonly number[];
  /** Sentences that cite no passage that exists. */
  readonly uncited: readonly AnswerSentence[];
  /** Sentences below `minSupport`; absent if none was given. */
  readonly unsupported?: readonly UnsupportedSentence[];
  /** Quotations of three words or more that occur in no cited passage. */
  readonly misquoted: readonly { readonly sentence: AnswerSentence; readonly quote: string }[];
}

/**
 * Compares an answer with the passages that it was made from. `[1]`, `[1, 2]` and `[1-3]` are citations, except in
 * Markdown code. It compares words and does not judge truth: a sentence that reverses a passage's meaning with the
 * same words counts as supported.
 *
 * @param citations of the context that the model was given
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { buildContext, checkCitations } from '@secondpass/core/answers';
 * const candidate = { id: 'a', text: 'Yeast makes dough rise.', score: 1, rank: 1 };
 * const { citations } = await buildContext([{ rank: 1, score: 0.9, candidate }], { tokenBudget: 1000 });
 * const { cited, unknown } = checkCitations('Yeast makes it rise [1]. Salt does too [2].', citations);
 * [cited, unknown]; // → [ [ 1 ], [ 2 ] ]
 */
export function checkCitations(
  answer: string,
  citations: readonly Citation[],
  options: CheckCitationsOptions = {},
): CitationReport {
  if (typeof answer !== 'string')
    refuse('The answer is not a string.', 'Pass the text that the model wrote.');
  if (!Array.isArray(citations)) {
    refuse('citations is not a list.', 'Pass the citations of the context that buildContext gave.');
  }
  for (const [index, citation] of citations.entries()) {
    if (Number.isInteger(citation?.number) && typeof citation.passage === 'string') continue;
    refuse(
      `citations[${index}] has no number or no passage.`,
      'Pass the citations of the context that buildContext gave.',
    );
  }
  const { minSupport, locale } = checkOptions(optionsSchema, options, { origin: 'check-citations' });
  const passages = new Map(citations.map(({ number, passage }) => [number, passage]));
  const citedBy = ({ numbers }: AnswerSentence) => numbers.flatMap((number) => passages.get(number) ?? []);
  const read = readAnswer(answer);
  const sentences = answerSentences(read, locale);
  const numbers = [...citedNumbers(read)].sort((a, b) => a - b);
  const supported = sentences.filter((sentence) => citedBy(sentence).length > 0);
  return {
    sentences,
    cited: numbers.filter((number) => passages.has(number)),
    unknown: numbers.filter((number) => !passages.has(number)),
    unused: [...passages.keys()].filter((number) => !numbers.includes(number)).sort((a, b) => a - b),
    uncited: sentences.filter((sentence) => citedBy(sentence).length === 0),
    ...(minSupport !== undefined && {
      unsupported: supported
        .map((sentence) => ({
          ...sentence,
          support: wordSupport(withoutMarks(sentence.text), citedBy(sentence)),
        }))
        .filter(({ support }) => support < minSupport),
    }),
    misquoted: supported.flatMap((sentence) =>
      missingQuotes(withoutMarks(sentence.text), citedBy(sentence)).map((quote) => ({ sentence, quote })),
    ),
  };
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin: 'check-citations', problem, nextStep });
}
