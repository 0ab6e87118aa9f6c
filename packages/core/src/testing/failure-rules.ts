import assert from 'node:assert/strict';
import { RetrievalError, type RetrievalErrorCode } from '../foundation/retrieval-error.ts';
import type { Rule } from './contract.ts';
import { corpus, queries } from './corpus.ts';
import { type CandidateSourceSubject, openWith, stored } from './source-under-test.ts';

const [query] = queries;

/** Rejects with this code, and states an origin and a next step. */
export async function assertRefused(
  promise: Promise<unknown>,
  code: RetrievalErrorCode,
  origin: string,
): Promise<void> {
  const error = await promise.then(
    () => assert.fail(`It was expected to be refused with ${code}.`),
    (reason: unknown) => reason,
  );
  assert.ok(RetrievalError.is(error), `Not a RetrievalError: ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert.equal(error.origin, origin);
  assert.notEqual(error.problem, '');
  assert.notEqual(error.nextStep, '');
}

/** Bad input, a missing or silent engine, and aborts. */
export const failureRules: readonly Rule<CandidateSourceSubject>[] = [
  {
    name: 'refuses a depth that is not an integer from 1',
    async check({ loaded }) {
      const source = await loaded();
      for (const depth of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assertRefused(source.search({ query, depth }), 'invalid-options', source.name);
      }
    },
  },
  {
    name: 'refuses a query without a usable vector',
    async check({ loaded }) {
      const source = await loaded();
      await assertRefused(
        source.search({ query: { text: 'no vector' }, depth: 1 }),
        'invalid-query',
        source.name,
      );
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const vector = Float32Array.of(1, value, 0, 0);
        await assertRefused(
          source.search({ query: { text: 'bad', vector }, depth: 1 }),
          'invalid-query',
          source.name,
        );
      }
    },
  },
  {
    name: 'refuses a query vector of another length',
    async check({ loaded }) {
      const source = await loaded();
      for (const length of [1, 3, 5]) {
        const vector = new Float32Array(length).fill(1);
        await assertRefused(
          source.search({ query: { text: 'short', vector }, depth: 1 }),
          'dimension-mismatch',
          source.name,
        );
      }
    },
  },
  {
    name: 'refuses a tenant where there are none',
    async check({ loaded }) {
      const source = await loaded();
      await assertRefused(source.search({ query, depth: 1, tenant: 'acme' }), 'invalid-options', source.name);
    },
  },
  {
    name: 'a missing table or collection is source-not-found',
    async check({ open }) {
      const { source } = await open();
      await assertRefused(source.search({ query, depth: 1 }), 'source-not-found', source.name);
    },
  },
  {
    name: 'an engine that does not answer is source-unreachable, with its cause',
    async check({ unreachable }) {
      const source = await unreachable();
      const search = source.search({ query, depth: 1 });
      await assertRefused(search, 'source-unreachable', source.name);
      await assert.rejects(search, (error: Error) => error.cause !== undefined);
    },
  },
  {
    name: 'an aborted signal rejects with its reason',
    async check({ loaded }) {
      const source = await loaded();
      const reason = new Error('The user left.');
      const search = source.search({ query, depth: 1, signal: AbortSignal.abort(reason) });
      await assert.rejects(search, (error) => error === reason);
    },
  },
  {
    name: 'aborting in flight rejects with the reason, and the next search works',
    async check({ loaded }) {
      const source = await loaded();
      for (const wait of [0, 0, 1, 2, 3]) {
        const controller = new AbortController();
        const reason = new Error('The user typed on.');
        const searches = Array.from({ length: 8 }, () =>
          source.search({ query, depth: 12, signal: controller.signal }),
        );
        const settled = Promise.allSettled(searches);
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        controller.abort(reason);
        for (const outcome of await settled) {
          // A search that already had its answer may return it.
          if (outcome.status === 'rejected') assert.equal(outcome.reason, reason);
          else assert.notEqual(wait, 0, 'It was aborted before it could have an answer.');
        }
        assert.equal((await source.search({ query, depth: 12 })).length, 12);
      }
    },
  },
  {
    name: "close() twice is fine and leaves the caller's client open",
    async check(subject) {
      const { source, writer } = await openWith(subject, corpus.map(stored));
      for (let round = 0; round < 2; round += 1) {
        await source.close?.();
        await writer.close?.();
      }
      await subject.askClient();
      const other = await subject.loaded();
      assert.equal((await other.search({ query, depth: 1 })).length, 1);
    },
  },
  {
    name: 'a closed source refuses to search',
    async check(subject) {
      const { source } = await openWith(subject, corpus.map(stored));
      await source.close?.();
      await assertRefused(source.search({ query, depth: 1 }), 'closed', source.name);
    },
  },
];
