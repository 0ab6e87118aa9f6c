import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, type CandidateSource, type Reranker, TwoStageRetriever } from '../../src/index.ts';

/** Scores by the length of the passage, and refuses what has no text, as services do. */
const reranker: Reranker = {
  name: 'by-length',
  async score({ passages }) {
    if (passages.some((passage) => passage.trim() === '')) throw new Error('422: empty document');
    return passages.map(({ length }) => ({ score: 0.5, rawScore: length, tokensCut: 0 }));
  },
};

const sourceOf = (candidates: unknown): CandidateSource => ({
  name: 'table',
  input: 'text',
  search: async () => candidates as readonly Candidate[],
});
const retrieve = (candidates: unknown) =>
  new TwoStageRetriever({ source: sourceOf(candidates), reranker, topK: 10 }).retrieve('bread');
const candidate = (rank: number, text: unknown, id: unknown = `id-${rank}`) => ({
  id,
  text,
  score: 1 / rank,
  rank,
});

describe('a row that stage 2 cannot read', () => {
  test.each([
    ['blank', ' \n'],
    ['missing', undefined],
    ['null', null],
    ['a number', 7],
  ])('stays below the scored ones where its text is %s, and is named', async (_, text) => {
    const { hits, degraded } = await retrieve([
      candidate(1, text),
      candidate(2, 'a'),
      candidate(3, 'longer'),
    ]);
    expect(hits.map((hit) => hit.candidate.id)).toEqual(['id-3', 'id-2', 'id-1']);
    expect(hits[2]).not.toHaveProperty('rawScore');
    expect(degraded).toEqual({ stage: 'rerank', reason: 'Candidates without text were not scored: "id-1".' });
  });

  test('is read as it can be where it has a lone surrogate or is too long, and comes back as it was', async () => {
    const texts = ['lone \ud800', 'x'.repeat(300_000)];
    const { hits, degraded } = await retrieve(texts.map((text, index) => candidate(index + 1, text)));
    expect(degraded).toBeUndefined();
    expect(hits.map((hit) => hit.candidate.text)).toEqual([texts[1], texts[0]]);
    expect(hits[0]!.rawScore).toBe(262_144);
  });

  test('leaves the stage-1 order where no row has text', async () => {
    const { hits, rerankedBy, degraded } = await retrieve([candidate(1, ''), candidate(2, ' ')]);
    expect([hits.length, rerankedBy, degraded?.stage]).toEqual([2, null, 'rerank']);
  });
});

describe('what a source answers', () => {
  test.each([
    ['no id', [candidate(1, 'a', ''), candidate(2, 'b')], 'number 1 has no id'],
    [
      'one id twice',
      [candidate(1, 'a', 'x'), candidate(2, 'b', 'x')],
      'number 2 has the id "x" of one before it',
    ],
    ['null in the list', [null, candidate(1, 'a')], 'number 1 has no id'],
  ])('is told and used without the row: %s', async (_, candidates, words) => {
    const { hits, degraded } = await retrieve(candidates);
    expect(hits).toHaveLength(1);
    expect(degraded).toMatchObject({ stage: 'search', reason: expect.stringContaining(words) });
  });

  test.each([
    ['no list', { length: 1 }, 'an object, not a list'],
    ['too many', Array.from({ length: 101 }, (_, index) => candidate(index + 1, 'a')), '101 candidates'],
    ['a rank twice', [candidate(1, 'a'), { ...candidate(1, 'b'), id: 'y' }], 'rank 1 after rank 1'],
    ['no rank', [{ ...candidate(1, 'a'), rank: undefined }], 'rank undefined'],
    ['NaN for a score', [{ ...candidate(1, 'a'), score: Number.NaN }], 'is NaN'],
  ])('is refused where it keeps no order: %s', async (_, candidates, words) => {
    await expect(retrieve(candidates)).rejects.toMatchObject({
      code: 'source-failed',
      origin: 'table',
      problem: expect.stringContaining(words),
    });
  });

  test('is never anything but an answer or an error of ours', async () => {
    const row = fc.record({
      id: fc.oneof(fc.string(), fc.constant(undefined), fc.integer()),
      text: fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null)),
      score: fc.oneof(fc.double(), fc.constant('1')),
      rank: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(null)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(row), { maxLength: 6 }), async (rows) => {
        const error = await retrieve(rows).then(
          () => undefined,
          (reason: unknown) => reason as { code?: string },
        );
        expect(error === undefined || error.code === 'source-failed').toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
