import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type CrossEncoder, loadCrossEncoder, type PassageScore, RetrievalError } from '@secondpass/core';
import { rerankerContract } from '@secondpass/core/testing';
import { type RemoteRerankerOptions, remoteReranker } from '@secondpass/reranker-remote';
import type { StartedInferenceServer } from '../services/inference-server.ts';
import { servedModel } from '../services/inference-servers.ts';
import { type Relay, startRelay } from './relay.ts';
import { longPassages, manyPassages, passages, query, secretWord } from './served-texts.ts';

// A server of Python's that comes back on a busy machine takes minutes.
jest.setTimeout(300_000);

/** A reranker that must score as the same model does in this process. */
export interface ServedReranker {
  readonly server: StartedInferenceServer;
  optionsAt(url: string): RemoteRerankerOptions;
  readonly scale: 'logit' | 'probability';
  /** How far a score may lie from the local one. */
  readonly tolerance: number;
}

/** The settings that a test may change. */
export type MoreOptions = Partial<Pick<RemoteRerankerOptions, 'concurrency' | 'maxDocuments' | 'timeoutMs'>>;

/** What every server is asked for. */
export function testServedReranker({ server, optionsAt, scale, tolerance }: ServedReranker): void {
  const open = (url = server.url, more: MoreOptions = {}) =>
    remoteReranker({ retries: 0, timeoutMs: 60_000, ...optionsAt(url), ...more });
  let local: CrossEncoder;
  let relay: Relay;
  beforeAll(async () => {
    local = await loadCrossEncoder(servedModel, { precision: 'fp32' });
    relay = await startRelay(server.url);
  });
  afterAll(async () => {
    await relay.close();
    await local.close();
  });

  const ownScores = async (texts: readonly string[]) =>
    (await local.score({ query, passages: texts })).map(({ score, rawScore }) =>
      scale === 'logit' ? rawScore : score,
    );
  const expectOwnScores = async (scores: readonly PassageScore[], texts: readonly string[]) => {
    const expected = await ownScores(texts);
    const differences = scores.map(({ rawScore }, index) => Math.abs(rawScore - expected[index]!));
    expect(Math.max(0, ...differences)).toBeLessThan(tolerance);
  };
  const orderOf = (scores: readonly { rawScore: number }[]) =>
    scores.map((_, index) => index).sort((a, b) => scores[b]!.rawScore - scores[a]!.rawScore);

  describe('keeps the contract of a reranker', () => {
    rerankerContract(test, { reranker: open, tolerance: tolerance / 2 });
  });

  test(`scores and orders as the local model does, within ${tolerance}`, async () => {
    const remote = await open();
    const scores = await remote.score({ query, passages: manyPassages });
    await expectOwnScores(scores, manyPassages);
    expect(orderOf(scores)).toEqual(orderOf(await local.score({ query, passages: manyPassages })));
  });

  test('gives the same scores in requests of a few passages at a time', async () => {
    const remote = await open(server.url, { maxDocuments: 4, concurrency: 3 });
    await expectOwnScores(await remote.score({ query, passages: manyPassages }), manyPassages);
  });

  test('reads of a text above its limit as much as the local model does', async () => {
    const remote = await open();
    const texts = ['harbour '.repeat(2000), 'A ship.'];
    await expectOwnScores(await remote.score({ query, passages: texts }), texts);
  });

  test('refuses an empty passage, naming it', async () => {
    const remote = await open();
    const error = await failureOf(() => remote.score({ query, passages: ['A ship.', ' \n'] }));
    expect([error.code, error.message]).toEqual(['invalid-passage', expect.stringContaining('passages[1]')]);
    expectNoText(error);
  });

  test.each([
    ['a lone surrogate', 'A ship \ud83d'],
    ['a NUL', 'A ship \0'],
  ])('scores a passage with %s as the local model does', async (_, passage) => {
    const remote = await open();
    const texts = ['A pier.', passage];
    await expectOwnScores(await remote.score({ query, passages: texts }), texts);
  });

  test('is left at once by an abort in the middle, and answers the next call', async () => {
    const remote = await open(relay.url);
    const stop = new AbortController();
    const reason = new Error('the user has gone');
    const request = relay.nextRequest();
    const abandoned = remote.score({ query, passages: longPassages, signal: stop.signal });
    const outcome = abandoned.catch((error: unknown) => error);
    await request;
    const before = performance.now();
    stop.abort(reason);
    expect(await outcome).toBe(reason);
    expect(performance.now() - before).toBeLessThan(2000);
    await expectOwnScores(await remote.score({ query, passages: ['A ship.'] }), ['A ship.']);
  });

  test('answers at its deadline with the passages that were scored by then', async () => {
    const texts = ['A ship.', 'A pier.'];
    const unanswered = longPassages.map(() => null);
    const scoresWithin = async (milliseconds: number) => {
      const own = await startRelay(server.url);
      try {
        const remote = await open(own.url, { maxDocuments: 2, concurrency: 1 });
        own.passOnly(1);
        const started = performance.now();
        const deadlineAt = started + milliseconds;
        const scores = await remote.score({ query, passages: [...texts, ...longPassages], deadlineAt });
        expect(performance.now() - started).toBeLessThan(milliseconds + 5000);
        expect(scores.slice(2)).toEqual(unanswered);
        return scores.slice(0, 2).filter((score) => score !== null);
      } finally {
        await own.close();
      }
    };
    let scored = await scoresWithin(3000);
    // A busy machine may need longer for the first two.
    if (scored.length === 0) scored = await scoresWithin(30_000);
    expect(scored).toHaveLength(2);
    await expectOwnScores(scored, texts);
  });

  test('fails with a typed error when the server is killed in the middle, and works when it is back', async () => {
    const remote = await open(relay.url);
    const request = relay.nextRequest();
    const outcome = failureOf(() => remote.score({ query: `${secretWord} ship`, passages: longPassages }));
    await request;
    await server.power.off();
    expect((await outcome).code).toBe('reranker-unreachable');
    expectNoText(await outcome);
    const gone = await failureOf(() => remote.score({ query, passages: [secretWord] }));
    expect(gone.code).toBe('reranker-unreachable');
    expectNoText(gone);
    await server.power.on();
    await expectOwnScores(await remote.score({ query, passages }), passages);
  });
}

/** @throws Error when it does not fail, or with anything but a `RetrievalError` */
export async function failureOf(work: () => Promise<unknown>): Promise<RetrievalError> {
  const error = await work().then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason,
  );
  if (!RetrievalError.is(error)) throw error;
  return error;
}

/** Neither the message nor anything beneath it repeats what was sent. */
export function expectNoText(error: RetrievalError): void {
  expect(error.message.length).toBeLessThan(600);
  expect(inspect(error, { depth: 10 })).not.toMatch(new RegExp(secretWord, 'i'));
}
