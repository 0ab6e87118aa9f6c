import type { SearchAnswer } from './truth.ts';

type Hit = SearchAnswer['hits'][number];

/** What an answer must never be, each made of a right one. */
const spoiled: Readonly<Record<string, (answer: SearchAnswer) => SearchAnswer>> = {
  'a hit less': (answer) => ({ ...answer, hits: answer.hits.slice(0, -1) }),
  'the best hit is missing': (answer) => withHits(answer, [...answer.hits.slice(1), answer.hits[0]!]),
  'another passage': (answer) =>
    changed(answer, 3, { candidate: { ...answer.hits[3]!.candidate, id: 'passage--1' } }),
  'another text': (answer) =>
    changed(answer, 3, { candidate: { ...answer.hits[3]!.candidate, text: 'tides' } }),
  'another score': (answer) => changed(answer, 0, { rawScore: answer.hits[0]!.rawScore! + 0.01 }),
  'fewer candidates': (answer) => ({ ...answer, candidateCount: answer.candidateCount - 1 }),
  'the order of stage 1, untold': (answer) => ({ ...answer, rerankedBy: null }),
};

/**
 * A check that lets everything pass would find every run without a fault.
 *
 * @param check throws for a wrong answer, and takes this one
 */
export function checkTheCheck(check: (answer: SearchAnswer) => unknown, right: SearchAnswer): void {
  check(right);
  for (const [what, spoil] of Object.entries(spoiled)) {
    let isRefused = false;
    try {
      check(spoil(right));
    } catch {
      isRefused = true;
    }
    if (!isRefused) throw new Error(`The check of answers takes a wrong one: ${what}.`);
  }
}

function withHits(answer: SearchAnswer, hits: readonly Hit[]): SearchAnswer {
  return { ...answer, hits: hits.map((hit, index) => ({ ...hit, rank: index + 1 })) };
}

function changed(answer: SearchAnswer, index: number, change: Partial<Hit>): SearchAnswer {
  return withHits(
    answer,
    answer.hits.map((hit, place) => (place === index ? { ...hit, ...change } : hit)),
  );
}
