import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Candidate,
  type CandidateSource,
  type Reranker,
  type ShadowOptions,
  type ShadowRecord,
  TwoStageRetriever,
} from '../../src/index.ts';
import { displacementOf } from '../../src/retrieval/shadow/displacement.ts';

const candidates: Candidate[] = Array.from({ length: 20 }, (_, index) => ({
  id: `id-${index + 1}`,
  text: `passage ${index + 1}`,
  score: 20 - index,
  rank: index + 1,
}));
const source: CandidateSource = {
  name: 'list',
  input: 'text',
  search: async ({ depth }) => candidates.slice(0, depth),
};
const backwards: Reranker = {
  name: 'backwards',
  score: async ({ passages }) => passages.map((_, index) => ({ score: 0.5, rawScore: index, tokensCut: 0 })),
};

/** A retriever in shadow mode, and a way to wait for so many records. */
function shadowed(reranker: Reranker, options: Partial<ShadowOptions> = {}) {
  const records: ShadowRecord[] = [];
  let wake = () => {};
  const record = (entry: ShadowRecord) => {
    records.push(entry);
    wake();
  };
  const retriever = new TwoStageRetriever({ source, reranker, topK: 5, shadow: { record, ...options } });
  const recorded = async (count: number) => {
    while (records.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    return records;
  };
  return { retriever, records, recorded };
}

describe('shadow mode', () => {
  test('serves the order of stage 1 and records what reranking would have done', async () => {
    const { retriever, recorded } = shadowed(backwards);
    const ranking = await retriever.retrieve('q', { depth: 20 });
    expect(ranking.hits.map(({ candidate }) => candidate.rank)).toEqual([1, 2, 3, 4, 5]);
    expect(ranking).toMatchObject({ rerankedBy: null, timings: { rerankMs: 0 } });
    expect(ranking).not.toHaveProperty('degraded');
    const [record] = await recorded(1);
    expect(record).toMatchObject({
      query: 'q',
      candidateCount: 20,
      topK: 5,
      skipped: 0,
      displacement: { kendallTau: -1, topKOverlap: 0, sameFirst: false },
    });
    expect(record!.hits).toHaveLength(5);
    expect(record!.hits![0]).toEqual({ id: 'id-20', rank: 1, stage1Rank: 20, stage1Score: 1, rawScore: 19 });
    expect(Date.parse(record!.at)).toBeLessThanOrEqual(Date.now());
  });

  test('does not make the answer wait for stage 2, nor fail with it', async () => {
    const { promise, resolve } = Promise.withResolvers<never[]>();
    const slow: Reranker = { name: 'slow', score: () => promise };
    const { retriever, records, recorded } = shadowed(slow);
    expect((await retriever.retrieve('q')).hits).toHaveLength(5);
    expect(records).toHaveLength(0);
    resolve([]);
    const [record] = await recorded(1);
    expect(record).toMatchObject({ failure: { code: 'model-output-invalid' } });
    expect(record).not.toHaveProperty('displacement');
  });

  test('skips what is too much, and counts it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waits: Reranker = {
      name: 'waits',
      score: async (request) => {
        await promise;
        return backwards.score({ query: request.query, passages: request.passages });
      },
    };
    const { retriever, recorded } = shadowed(waits, { maxPending: 1 });
    for (const query of ['a', 'b', 'c']) await retriever.retrieve(query);
    resolve();
    const [first] = await recorded(1);
    expect(first).toMatchObject({ query: 'a', skipped: 2 });
  });

  test('has its limits where they are given as undefined', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waits: Reranker = {
      name: 'waits',
      score: async (request) => {
        await promise;
        return backwards.score({ query: request.query, passages: request.passages });
      },
    };
    const { retriever, recorded } = shadowed(waits, { maxPending: undefined, sample: undefined } as object);
    for (const query of ['a', 'b', 'c', 'd', 'e', 'f']) await retriever.retrieve(query);
    resolve();
    const [first] = await recorded(1);
    expect(first).toMatchObject({ skipped: 2 });
  });

  test('of a sample of 0 reranks nothing', async () => {
    const { retriever, records } = shadowed(
      { name: 'never', score: () => Promise.reject<[]>(new Error('asked')) },
      { sample: 0 },
    );
    await retriever.retrieve('q');
    await retriever.close();
    expect(records).toEqual([]);
  });

  test('survives a recorder that throws, and closing stops what is running', async () => {
    const hanging: Reranker = {
      name: 'hanging',
      score: ({ signal }) =>
        new Promise<[]>((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason))),
    };
    const { retriever, records } = shadowed(hanging);
    await retriever.retrieve('q');
    await retriever.close();
    expect(records).toEqual([]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const broken = new TwoStageRetriever({
      source,
      reranker: backwards,
      shadow: {
        record: () => {
          resolve();
          throw new Error('disk full');
        },
      },
    });
    await broken.retrieve('q');
    await promise;
    await broken.close();
  });

  test('a recorder may take its time and may reject: settled() waits for it, and nothing is left unhandled', async () => {
    let written = false;
    const slow = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      written = true;
      throw new Error('disk full');
    };
    const { retriever } = shadowed(backwards, { record: slow });
    await retriever.retrieve('q');
    await retriever.settled();
    expect(written).toBe(true);
    await retriever.close();
  });

  test.each([
    [{ record: 'file' as never }, 'shadow.record is "file"'],
    [{ sample: 1.5 }, 'shadow.sample is 1.5'],
    [{ maxPending: 0 }, 'shadow.maxPending is 0'],
  ])('%j is refused', (options, words) => {
    expect(() => shadowed(backwards, options)).toThrow(words);
  });
});

describe('displacementOf', () => {
  const permutation = fc.integer({ min: 0, max: 40 }).chain((count) =>
    fc.shuffledSubarray(
      Array.from({ length: count }, (_, index) => index + 1),
      { minLength: count },
    ),
  );

  test('counts pairs as the definition of Kendall does', () => {
    fc.assert(
      fc.property(permutation, (ranks) => {
        let sum = 0;
        for (const [a, first] of ranks.entries()) {
          for (const second of ranks.slice(a + 1)) sum += Math.sign(second - first);
        }
        const pairs = (ranks.length * (ranks.length - 1)) / 2;
        expect(displacementOf(ranks, 10).kendallTau).toBeCloseTo(pairs === 0 ? 1 : sum / pairs, 10);
      }),
    );
  });

  test('knows how many of the first are new', () => {
    expect(displacementOf([1, 2, 3, 4], 2)).toEqual({ kendallTau: 1, topKOverlap: 1, sameFirst: true });
    expect(displacementOf([2, 3, 1, 4], 2)).toMatchObject({ topKOverlap: 0.5, sameFirst: false });
    expect(displacementOf([], 2)).toEqual({ kendallTau: 1, topKOverlap: 1, sameFirst: true });
  });
});
