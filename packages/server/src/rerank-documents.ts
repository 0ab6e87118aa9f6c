import { type Degradation, type OnDegraded, type PassageScore, type Reranker, rank } from '@secondpass/core';
import { Failure } from './failure.ts';
import { readableText } from './readable-text.ts';
import type { RerankCall, RerankedDocument } from './rerank-call.ts';

export interface RerankDocumentsOptions {
  readonly signal: AbortSignal;
  /** When to answer with the scores so far, on the clock of `performance.now()`. */
  readonly answerAt: number | undefined;
  readonly onDegraded: OnDegraded;
  readonly caller: string;
  readonly tenant: string | undefined;
}

/**
 * The score of a document without text: nothing in it can be relevant. `score` is the sigmoid of `rawScore`,
 * 4e-44, rounded to 0.
 */
const withoutText: PassageScore = { score: 0, rawScore: -100, tokensCut: 0 };

/**
 * Scores and orders the documents of a request. A document without text comes last with the score 0 and does not affect
 * the others. Documents that were not scored by `answerAt` are left out.
 *
 * @throws Failure if a text was cut and the call refuses that; RetrievalError of the reranker; or the signal's reason
 */
export async function rerankDocuments(
  reranker: Reranker,
  { query, texts, topK = texts.length, refuseCut }: RerankCall,
  { signal, answerAt, onDegraded, caller, tenant }: RerankDocumentsOptions,
): Promise<readonly RerankedDocument[]> {
  const readable = texts.map(readableText);
  const filled = readable.flatMap((text, index) => (text.trim() === '' ? [] : [index]));
  const scored = await reranker.score({
    query: readableText(query),
    passages: filled.map((index) => readable[index]!),
    caller,
    ...(tenant !== undefined && { tenant }),
    signal,
    onDegraded,
    ...(answerAt !== undefined && { deadlineAt: answerAt }),
  });
  const scores = new Array<PassageScore | null>(texts.length).fill(withoutText);
  for (const [position, index] of filled.entries()) scores[index] = scored[position]!;
  if (refuseCut) refuseAnyCut(scores);
  const missing = scores.filter((score) => score === null).length;
  if (missing > 0) onDegraded(notScored(missing, scores.length));
  const candidates = readable.map((text, index) => ({ id: `${index}`, text, score: 0, rank: index + 1 }));
  return rank(candidates, scores, topK).flatMap(({ score, rawScore, candidate }) =>
    rawScore === undefined ? [] : [{ index: candidate.rank - 1, score, rawScore }],
  );
}

/** @throws Failure naming the first text that is too long, or if there are no texts */
export function checkCall({ query, texts }: RerankCall, limits: TextLimits): void {
  checkTexts(texts, limits);
  if (query.trim() === '') throw new Failure('invalid', 'The query is empty.');
}

export interface TextLimits {
  readonly maxDocuments: number;
  readonly maxCharacters: number;
}

/** @throws Failure if there are no texts or too many, or naming the first that is too long */
export function checkTexts(texts: readonly string[], { maxDocuments, maxCharacters }: TextLimits): void {
  if (texts.length === 0) throw new Failure('empty', 'There are no documents.');
  if (texts.length > maxDocuments) {
    throw new Failure('too-large', `There are ${texts.length} documents, and ${maxDocuments} is the limit.`);
  }
  const long = texts.findIndex((text) => text.length > maxCharacters);
  if (long < 0) return;
  const { length } = texts[long]!;
  throw new Failure(
    'too-large',
    `Document ${long} has ${length} characters, and ${maxCharacters} is the limit.`,
  );
}

function refuseAnyCut(scores: readonly (PassageScore | null)[]): void {
  const cut = scores.findIndex((score) => score && (score.tokensCut > 0 || (score.queryTokensCut ?? 0) > 0));
  if (cut < 0) return;
  const { tokensCut, queryTokensCut = 0 } = scores[cut]!;
  const what = tokensCut > 0 ? `Document ${cut} is ${tokensCut}` : `The query is ${queryTokensCut}`;
  throw new Failure('invalid', `${what} tokens longer than the model reads, and truncation is off.`);
}

function notScored(missing: number, all: number): Degradation {
  return {
    stage: 'rerank',
    reason: `${missing} of ${all} documents were not scored in time and are left out.`,
  };
}
