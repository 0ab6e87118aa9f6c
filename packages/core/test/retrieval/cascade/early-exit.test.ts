import { describe, expect, test } from '@jest/globals';
import { type EarlyExit, failoverReranker } from '../../../src/entries/rerankers.ts';
import { ask, down, TableReranker } from './table-reranker.ts';

describe('an early exit', () => {
  const exit: EarlyExit = { topK: 2, step: 2, slope: 1, gap: 3 };
  const falling = (count: number) => Array.from({ length: count }, (_, index) => -index);

  test('stops where the next passage lies below the k-th best by more than the gap', async () => {
    // Both models agree: after 2 passages with a mean of −0.5, the third is foretold −2, which is 1 below the second best;
    // after 4 it is 3 below; after 6 it is 5 below, more than the gap.
    const small = new TableReranker('small', falling(20));
    const { tiers } = await ask(
      [{ reranker: new TableReranker('nano', falling(20)) }, { reranker: small, exit }],
      20,
    );
    expect(small.read).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(tiers.filter((cascadeStage) => cascadeStage === 1)).toHaveLength(6);
  });

  test('reads on where the later model disagrees', async () => {
    const small = new TableReranker('small', falling(20).toReversed());
    await ask(
      [{ reranker: new TableReranker('nano', falling(20)) }, { reranker: small, exit: { ...exit, gap: 30 } }],
      20,
    );
    expect(small.read.flat()).toHaveLength(20);
  });

  test('is left out where another model answered before, as nothing was calibrated on that one', async () => {
    const nano = failoverReranker({
      rerankers: [
        { reranker: new TableReranker('a', [], down) },
        { reranker: new TableReranker('b', falling(20)) },
      ],
    });
    const small = new TableReranker('small', falling(20));
    const { told } = await ask([{ reranker: nano }, { reranker: small, exit }], 20);
    expect(small.read).toHaveLength(1);
    expect(told).toHaveLength(1);
  });

  test('one tier holds one model’s scores: where another answers a step, it reads the whole stage', async () => {
    const first = new TableReranker('first', falling(20), [{ does: 'answer' }, ...down]);
    const second = new TableReranker(
      'second',
      falling(20).map((score) => score + 1000),
    );
    const chain = failoverReranker({ rerankers: [{ reranker: first }, { reranker: second }] });
    const { scores, told } = await ask(
      [{ reranker: new TableReranker('nano', falling(20)) }, { reranker: chain, best: 10, exit }],
      20,
    );
    expect(scores.filter((score) => score?.cascadeStage === 1).every((score) => score!.rawScore > 900)).toBe(
      true,
    );
    expect(scores.filter((score) => score?.cascadeStage === 1)).toHaveLength(10);
    expect(told.map(({ reason }) => reason)).toEqual(['first: overloaded; second answered.']);
  });
});
