import assert from 'node:assert/strict';
import { RetrievalError } from '../foundation/retrieval-error.ts';
import type { PassageScore, Reranker } from '../retrieval/seams/reranker.ts';

/** The reranker that {@link rerankerContract} checks. */
export interface RerankerContractOptions {
  /** A new reranker; the suite closes it. */
  readonly reranker: () => Promise<Reranker>;
  /**
   * The largest difference between two scores of one passage in different lists. 0 for a model whose arithmetic is
   * exact.
   */
  readonly tolerance: number;
}

const query = 'how is bread baked';
const passages = [
  'Knead flour, water, salt and yeast, let the dough rise, and bake it in a hot oven.',
  'The lighthouse warns ships off the harbour wall.',
  'A comet is a small body of ice and dust that orbits the sun.',
  'Łódź, 東京, עברית and 🚀 are read too.',
  'Bread.',
];

/**
 * What every {@link Reranker} must keep. `test` is that of any runner (jest, vitest, node:test): none is imported here.
 *
 * @example
 * import { test } from 'node:test';
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { rerankerContract } from '@secondpass/core/testing';
 * const reranker = () => loadCrossEncoder('models/my-reranker');
 * rerankerContract(test, { reranker, tolerance: 1e-4 });
 */
export function rerankerContract(
  test: (name: string, run: () => Promise<void>) => unknown,
  { reranker, tolerance }: RerankerContractOptions,
): void {
  const rule = (name: string, check: (subject: Reranker) => Promise<void>) =>
    test(name, async () => {
      const subject = await reranker();
      try {
        await check(subject);
      } finally {
        await subject.close?.();
      }
    });
  const near = (a: PassageScore, b: PassageScore) =>
    assert.ok(
      Math.abs(a.rawScore - b.rawScore) <= tolerance,
      `${a.rawScore} is not within ${tolerance} of ${b.rawScore}`,
    );

  rule('gives one finite score per passage, normalized into [0, 1]', async (subject) => {
    const scores = await subject.score({ query, passages });
    assert.equal(scores.length, passages.length);
    for (const { score, rawScore, tokensCut } of scores) {
      assert.ok(Number.isFinite(rawScore));
      assert.ok(score >= 0 && score <= 1, `${score} is outside [0, 1]`);
      assert.ok(Number.isInteger(tokensCut) && tokensCut >= 0);
    }
  });

  rule('normalizes without changing the order', async (subject) => {
    const scores = await subject.score({ query, passages });
    const sorted = [...scores].sort((a, b) => a.rawScore - b.rawScore);
    sorted.slice(1).forEach((upper, index) => {
      assert.ok(upper.score >= sorted[index]!.score);
    });
  });

  rule('answers no passages with no scores', async (subject) => {
    assert.deepEqual(await subject.score({ query, passages: [] }), []);
  });

  rule('scores in input order: permuted passages permute their scores', async (subject) => {
    const forwards = await subject.score({ query, passages });
    const backwards = await subject.score({ query, passages: passages.toReversed() });
    backwards.toReversed().forEach((score, index) => {
      near(score, forwards[index]!);
    });
  });

  rule('gives a passage the same score alone and in company', async (subject) => {
    const together = await subject.score({ query, passages });
    for (const [index, passage] of passages.entries()) {
      const [alone] = await subject.score({ query, passages: [passage] });
      near(alone!, together[index]!);
    }
  });

  rule('keeps concurrent requests apart', async (subject) => {
    const expected = await subject.score({ query, passages });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, turn) =>
        subject.score({ query, passages: passages.slice(turn % passages.length) }),
      ),
    );
    for (const [turn, answer] of answers.entries()) {
      answer.forEach((score, index) => {
        near(score, expected[index + (turn % passages.length)]!);
      });
    }
  });

  rule('leaves the request as it was', async (subject) => {
    const request = Object.freeze({ query, passages: Object.freeze([...passages]) });
    await subject.score(request);
    assert.deepEqual(request.passages, passages);
  });

  rule('refuses an empty query, and what is not a string, naming it', async (subject) => {
    await assert.rejects(
      subject.score({ query: ' ', passages }),
      (error) => codeOf(error) === 'invalid-query',
    );
    const wrong = ['a', 7] as unknown as string[];
    await assert.rejects(subject.score({ query, passages: wrong }), (error) => {
      assert.match(String(error), /passages\[1\]/);
      return codeOf(error) === 'invalid-passage';
    });
  });

  rule('scores any text: with NUL, with a lone surrogate, and of 300,000 characters', async (subject) => {
    const odd = ['a\u0000b', 'lone \ud800 half', 'bread '.repeat(50_000)];
    const scores = await subject.score({ query, passages: [...passages, ...odd] });
    assert.equal(scores.length, passages.length + odd.length);
    for (const score of scores) assert.ok(Number.isFinite(score?.rawScore));
  });

  rule('scores a passage without text, or refuses it by its place', async (subject) => {
    const answer = await subject.score({ query, passages: ['a', ''] }).catch((error: unknown) => error);
    if (Array.isArray(answer)) return assert.equal(answer.length, 2);
    assert.match(String(answer), /passages\[1\]/);
    assert.equal(codeOf(answer), 'invalid-passage');
  });

  rule('rejects with the reason of an aborted signal', async (subject) => {
    const reason = new Error('no longer needed');
    await assert.rejects(
      subject.score({ query, passages, signal: AbortSignal.abort(reason) }),
      (error) => error === reason,
    );
  });

  rule(
    "gives the same scores where the request has the passages' ids and stage 1's scores",
    async (subject) => {
      const expected = await subject.score({ query, passages });
      const ids = passages.map((_, index) => `passage ${index}`);
      // Another embedder's cosine, for which no model states a weight.
      const stage1 = { scores: passages.map((_, index) => 1 - index / 10), cosineOf: 'unknown' };
      const scores = await subject.score({ query, passages, ids, stage1 });
      assert.equal(scores.length, passages.length);
      scores.forEach((score, index) => {
        near(score, expected[index]!);
      });
    },
  );

  rule('gives the same scores with a deadline that is far away', async (subject) => {
    const expected = await subject.score({ query, passages });
    const scores = await subject.score({ query, passages, deadlineAt: performance.now() + 60_000 });
    assert.equal(scores.length, passages.length);
    scores.forEach((score, index) => {
      assert.ok(score, `passage ${index} was not scored`);
      near(score, expected[index]!);
    });
  });

  rule('answers a deadline that has passed with a score or null for each passage', async (subject) => {
    const expected = await subject.score({ query, passages });
    const scores = await subject.score({ query, passages, deadlineAt: performance.now() - 1 });
    assert.equal(scores.length, passages.length);
    scores.forEach((score, index) => {
      if (score !== null) near(score, expected[index]!);
    });
  });

  rule('can be closed twice, and says so when it is used afterwards', async (subject) => {
    await subject.close?.();
    await subject.close?.();
    if (subject.close) {
      await assert.rejects(subject.score({ query, passages }), (error) => codeOf(error) === 'closed');
    }
  });
}

function codeOf(error: unknown): string | undefined {
  return RetrievalError.is(error) ? error.code : undefined;
}
