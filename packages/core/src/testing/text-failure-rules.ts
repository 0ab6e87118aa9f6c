import assert from 'node:assert/strict';
import type { Rule } from './contract.ts';
import { corpus } from './corpus.ts';
import { assertRefused } from './failure-rules.ts';
import { openWith, stored } from './source-under-test.ts';
import type { TextSourceSubject } from './text-source-under-test.ts';

const query = { text: 'dripping tap' };

/** Bad input, a missing or silent engine, and aborts. */
export const textFailureRules: readonly Rule<TextSourceSubject>[] = [
  {
    name: 'refuses a query without text, and a depth that is not an integer from 1',
    async check({ loaded }) {
      const source = await loaded();
      for (const text of ['', ' \n', 'NUL \0', 'half \ud800', undefined]) {
        const search = source.search({ query: { text: text as string }, depth: 1 });
        await assertRefused(search, 'invalid-query', source.name);
      }
      for (const depth of [0, -1, 1.5, Number.NaN]) {
        await assertRefused(source.search({ query, depth }), 'invalid-options', source.name);
      }
    },
  },
  {
    name: 'refuses a tenant where there are none, and a filter that is not one',
    async check({ loaded }) {
      const source = await loaded();
      await assertRefused(source.search({ query, depth: 1, tenant: 'acme' }), 'invalid-options', source.name);
      const filter = { field: 'a' };
      await assertRefused(source.search({ query, depth: 1, filter }), 'invalid-filter', source.name);
    },
  },
  {
    name: 'a missing table is source-not-found, and a silent engine source-unreachable',
    async check({ open, unreachable }) {
      const { source } = await open();
      await assertRefused(source.search({ query, depth: 1 }), 'source-not-found', source.name);
      const silent = await unreachable();
      await assertRefused(silent.search({ query, depth: 1 }), 'source-unreachable', silent.name);
    },
  },
  {
    name: 'a first filling is refused until it is finished',
    async check({ open }) {
      const { source, writer } = await open();
      await writer.prepare({ dimensions: corpus[0]!.vector.length });
      await writer.write(corpus.map(stored));
      await assertRefused(source.search({ query, depth: 1 }), 'source-incomplete', source.name);
      await writer.finish();
      assert.equal((await source.search({ query, depth: 1 }))[0]?.id, 'fix-tap');
    },
  },
  {
    name: 'what is replaced or deleted is found no more by its old words',
    async check(subject) {
      const { source, writer } = await openWith(subject, corpus.map(stored));
      const tap = corpus.find(({ id }) => id === 'fix-tap')!;
      await writer.write([stored({ ...tap, text: 'Marzipan keeps for months.' })]);
      assert.deepEqual(await source.search({ query, depth: 1 }), []);
      assert.equal((await source.search({ query: { text: 'marzipan' }, depth: 1 }))[0]?.id, 'fix-tap');
      await writer.delete(['fix-tap']);
      assert.deepEqual(await source.search({ query: { text: 'marzipan' }, depth: 1 }), []);
    },
  },
  {
    name: 'an aborted signal rejects with its reason, and a closed source refuses',
    async check(subject) {
      const { source } = await openWith(subject, corpus.map(stored));
      const reason = new Error('The user left.');
      const search = source.search({ query, depth: 1, signal: AbortSignal.abort(reason) });
      await assert.rejects(search, (error) => error === reason);
      await source.close?.();
      await source.close?.();
      await assertRefused(source.search({ query, depth: 1 }), 'closed', source.name);
    },
  },
];
