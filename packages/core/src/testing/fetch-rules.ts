import assert from 'node:assert/strict';
import { RetrievalError, type RetrievalErrorCode } from '../foundation/retrieval-error.ts';
import type { Rule } from './contract.ts';
import { corpus } from './corpus.ts';
import { type CandidateSourceContractOptions, openWith, stored } from './source-under-test.ts';

type FetchSubject = Pick<CandidateSourceContractOptions, 'open'>;

const [first, second, third] = corpus.map(({ id }) => id) as [string, string, string];
const documents = corpus.map((document, index) =>
  stored({ ...document, payload: { ...document.payload, tenant: index === 0 ? 'acme' : 'other' } }),
);

/** A source made of several may name the one that refused. */
function refused(fetching: Promise<unknown>, code: RetrievalErrorCode): Promise<void> {
  return assert.rejects(fetching, (error) => RetrievalError.is(error) && error.code === code);
}

/** Passages by id, under the same filter and tenant as a search. Registered with the option `fetch`. */
export const fetchRules: readonly Rule<FetchSubject>[] = [
  {
    name: 'gives passages by id, in the order of the ids, and leaves out what is not there',
    async check(subject) {
      const { source } = await openWith(subject, documents);
      const strange = ['no such id', '7', `'; DROP TABLE x; --`, 'b6b1d5f2-0f8e-4a5e-9a1e-1e1d3c0a9f10'];
      const found = await source.fetch!({ ids: [third, ...strange, first, third] });
      assert.deepEqual(
        found.map(({ id, text }) => [id, text]),
        [third, first, third].map((id) => [id, documents.find((document) => document.id === id)!.text]),
      );
      assert.equal(found[1]!.payload?.['tenant'], 'acme');
      assert.deepEqual(await source.fetch!({ ids: [] }), []);
    },
  },
  {
    name: 'gives no passage by id that the filter leaves out',
    async check(subject) {
      const { source } = await openWith(subject, documents);
      const filter = { field: 'tenant', eq: 'other' };
      const found = await source.fetch!({ ids: [first, second], filter });
      assert.deepEqual(
        found.map(({ id }) => id),
        [second],
      );
    },
  },
  {
    name: "gives no passage by id that is another tenant's, and none without a tenant",
    async check(subject) {
      const { source } = await openWith(subject, documents, { tenantField: 'tenant' });
      const found = await source.fetch!({ ids: [first, second], tenant: 'acme' });
      assert.deepEqual(
        found.map(({ id }) => id),
        [first],
      );
      await refused(source.fetch!({ ids: [first] }), 'invalid-options');
    },
  },
  {
    name: 'refuses a look-up without a list of ids, and one of too many',
    async check(subject) {
      const { source } = await openWith(subject, documents);
      const many = Array.from({ length: 10_001 }, (_, index) => `${index}`);
      for (const request of [undefined, null, {}, { ids: first }, { ids: [7] }, { ids: many }]) {
        await refused(Promise.resolve(source.fetch!(request as never)), 'invalid-options');
      }
    },
  },
  {
    name: 'ends a look-up by id with the reason of its signal, and refuses one once closed',
    async check(subject) {
      const { source } = await openWith(subject, documents);
      const reason = new Error('enough');
      await assert.rejects(
        Promise.resolve(source.fetch!({ ids: [first], signal: AbortSignal.abort(reason) })),
        (error) => error === reason,
      );
      await source.close?.();
      await refused(source.fetch!({ ids: [first] }), 'closed');
    },
  },
];
