import { expect, test } from '@jest/globals';
import { buildContext, type Citation } from '../../src/entries/answers.ts';
import { failoverReranker } from '../../src/entries/rerankers.ts';
import { fusedSource } from '../../src/entries/sources.ts';
import {
  type CandidateSource,
  type Hit,
  type Reranker,
  TwoStageRetriever,
  type TwoStageRetrieverConfig,
} from '../../src/index.ts';
import { checkCitations } from '../../src/retrieval/context/check-citations.ts';
import type { FailoverOptions } from '../../src/retrieval/failover/failover-options.ts';

/** What no type checker lets pass, and a program in JavaScript, or a cast, does. */
const untyped = <Wanted>(value: unknown) => value as Wanted;

const source: CandidateSource = {
  name: 'list',
  input: 'text',
  search: async () => [{ id: '1', text: 'Bread rises.', score: 1, rank: 1 }],
};
const reranker: Reranker = {
  name: 'alike',
  score: async ({ passages }) => passages.map(() => ({ score: 0.5, rawScore: 0, tokensCut: 0 })),
};
const broken: Reranker = {
  name: 'broken',
  score: async () => {
    throw new Error('down');
  },
};

test.each([
  [undefined, /^The options are undefined/],
  [{ reranker }, /^source is missing/],
  [{ source }, /^reranker is missing/],
  [{ source, reranker, topk: 3 }, /^topk is not an option/],
  [{ source, reranker, latencyBudgetMs: '200' }, /^latencyBudgetMs is "200"/],
])('a retriever made of %j names what is missing', (config, problem) => {
  const make = () => new TwoStageRetriever(untyped<TwoStageRetrieverConfig>(config));
  expect(make).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  expect(make).toThrow(expect.objectContaining({ problem: expect.stringMatching(problem) }));
});

test('times may be fractions of a millisecond, as what is left of a budget is', async () => {
  const retriever = new TwoStageRetriever({ source, reranker, timeoutMs: 20_000.4 });
  await expect(retriever.retrieve('bread', { latencyBudgetMs: 10_000.7 })).resolves.toHaveProperty(
    'hits.length',
    1,
  );
  const hit = untyped<Hit>({
    score: 1,
    rank: 1,
    candidate: { id: '1', text: 'Bread rises.', score: 1, rank: 1 },
  });
  const expand = { parent: () => 'whole', fetch: () => new Promise<never>(() => {}), timeoutMs: 1.5 };
  await expect(buildContext([hit], { tokenBudget: 50, expand })).rejects.toMatchObject({
    code: 'deadline-exceeded',
  });
});

test('a signal that was aborted before is heard, however quick the stages are', async () => {
  const signal = AbortSignal.abort(new Error('gone'));
  await expect(new TwoStageRetriever({ source, reranker }).retrieve('bread', { signal })).rejects.toThrow(
    'gone',
  );
});

test('an answer in stage-1 order does not advise to ask for stage-1 order', async () => {
  const chain = failoverReranker({ rerankers: [{ reranker: broken }] });
  const retriever = new TwoStageRetriever({ source, reranker: chain, onRerankFailure: 'keep-stage-1' });
  const { degraded } = await retriever.retrieve('bread');
  expect(degraded!.reason).toBe('broken: No reranker of the chain answered (broken: Error).');
});

test.each([
  [[null], /^rerankers\[0\] is null/],
  [[{ reranker, circuit: true }], /^rerankers\[0\]\.circuit is true/],
  [[{ reranker, hedge: true }], /^rerankers\[0\]\.hedge is true/],
  [[{ reranker, hedge: { to: 'other' } }, { reranker }], /^rerankers\[0\]\.hedge\.to is "other"/],
])('a chain of %j is refused', (rerankers, problem) => {
  expect(() => failoverReranker(untyped<FailoverOptions>({ rerankers }))).toThrow(
    expect.objectContaining({ code: 'invalid-options', problem: expect.stringMatching(problem) }),
  );
});

test('a context or its citations in place of hits or citations are told from each other', async () => {
  await expect(buildContext(untyped<Hit[]>(undefined), { tokenBudget: 1 })).rejects.toMatchObject({
    code: 'invalid-options',
  });
  const context = untyped<Citation[]>({ text: '', citations: [] });
  expect(() => checkCitations('Yes [1].', context)).toThrow(/citations is not a list/);
});

test('a list of sources that is too short is told from one without a name', () => {
  expect(() => fusedSource({ sources: [] })).toThrow(
    'fused-source: sources is a list of 0. Use two sources or more',
  );
});
