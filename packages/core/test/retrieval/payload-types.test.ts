import { expect, test } from '@jest/globals';
import { type CandidateSource, type Reranker, TwoStageRetriever } from '../../src/index.ts';

interface Article {
  readonly year: number;
}

test('a payload has the type that its source states, from the source to the hits', async () => {
  const source: CandidateSource<Article> = {
    name: 'articles',
    input: 'text',
    search: async () => [{ id: '1', text: 'Bread rises.', score: 1, rank: 1, payload: { year: 1929 } }],
  };
  const reranker: Reranker = {
    name: 'alike',
    score: async ({ passages }) => passages.map(() => ({ score: 0.5, rawScore: 0, tokensCut: 0 })),
  };
  const { hits } = await new TwoStageRetriever({ source, reranker }).retrieve('bread');
  const year: number | undefined = hits[0]!.candidate.payload?.year;
  expect(year! + 1).toBe(1930);
});
