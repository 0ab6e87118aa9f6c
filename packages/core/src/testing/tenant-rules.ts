import assert from 'node:assert/strict';
import { RetrievalError } from '../foundation/retrieval-error.ts';
import type { StoredDocument } from '../retrieval/seams/document-writer.ts';
import type { Filter } from '../retrieval/seams/filter.ts';
import type { Rule } from './contract.ts';
import { corpus, queries } from './corpus.ts';
import { assertRefused } from './failure-rules.ts';
import { filterMatches } from './filter-matches.ts';
import { type CandidateSourceContractOptions, openWith, stored } from './source-under-test.ts';

type TenantSubject = Pick<CandidateSourceContractOptions, 'open' | 'tenants'>;

const [query] = queries;
const tenantField = 'tenant';
/** One of them is hostile, and two are similar. */
const tenants = ['acme', 'acme-2', `O'Brien "; DROP TABLE x; -- 🌙`] as const;

const documents: readonly StoredDocument[] = corpus.map((document, index) =>
  stored({ ...document, payload: { ...document.payload, [tenantField]: tenants[index % 3]! } }),
);

function idsOf(tenant: string, filter?: Filter): string[] {
  return documents
    .filter(({ payload }) => payload?.[tenantField] === tenant && (!filter || filterMatches(filter, payload)))
    .map(({ id }) => id)
    .sort();
}

/** Everything that a filter could say to reach another tenant's passages. */
const widening: readonly Filter[] = [
  { field: tenantField, exists: true },
  { field: tenantField, eq: tenants[1] },
  { field: tenantField, ne: tenants[0] },
  { field: tenantField, in: [...tenants] },
  { field: tenantField, gte: '' },
  { not: { field: tenantField, eq: tenants[0] } },
  {
    or: [
      { field: tenantField, eq: tenants[1] },
      { field: 'subject', exists: true },
    ],
  },
  {
    not: {
      and: [
        { field: tenantField, eq: tenants[0] },
        { field: 'nowhere', exists: true },
      ],
    },
  },
];

/** Under `tenantField`, no tenant sees another one's passages. */
export const tenantRules: readonly Rule<TenantSubject>[] = [
  {
    name: "a tenant's search sees its own passages, and all of them",
    async check(subject) {
      const { source } = await openWith(subject, documents, { tenantField });
      for (const tenant of tenants) {
        const candidates = await source.search({ query, depth: 100, tenant });
        assert.deepEqual(candidates.map(({ id }) => id).sort(), idsOf(tenant));
        assert.equal((await source.search({ query, depth: 2, tenant })).length, 2);
      }
    },
  },
  {
    name: 'refuses a search that names no tenant where there are tenants',
    async check(subject) {
      const { source } = await openWith(subject, documents, { tenantField });
      for (const tenant of [undefined, null, '', 5, ['acme'], { acme: true }, '\ud800']) {
        const request = { query, depth: 1, ...(tenant !== undefined && { tenant: tenant as string }) };
        await assertRefused(source.search(request), 'invalid-options', source.name);
      }
    },
  },
  {
    name: 'a tenant that is not there finds nothing, whatever it is called',
    async check(subject) {
      const { source } = await openWith(subject, documents, { tenantField });
      for (const tenant of ['nobody', 'ACME', 'acme ', 'acm', '*', '%', "' OR 'a'='a", 'acme,acme-2', '$1']) {
        assert.deepEqual(await source.search({ query, depth: 100, tenant }), [], tenant);
      }
    },
  },
  {
    name: 'no portable filter reaches beyond the tenant',
    async check(subject) {
      const { source } = await openWith(subject, documents, { tenantField });
      for (const tenant of tenants) {
        for (const filter of widening) {
          const candidates = await source.search({ query, depth: 100, tenant, filter });
          const expected = idsOf(tenant, filter);
          assert.deepEqual(candidates.map(({ id }) => id).sort(), expected, JSON.stringify(filter));
        }
      }
    },
  },
  {
    name: 'no native filter reaches beyond the tenant',
    async check(subject) {
      const hostile = subject.tenants?.wideningFilters ?? [];
      assert.ok(hostile.length > 0, 'tenants.wideningFilters is empty.');
      const { source } = await openWith(subject, documents, { tenantField });
      const [tenant] = tenants;
      const own = idsOf(tenant);
      for (const native of hostile) {
        for (const filter of [{ native }, { not: { native } }, { or: [{ native }, { native }] }]) {
          // A refusal is as good as finding no other tenant's passage.
          const candidates = await source.search({ query, depth: 100, tenant, filter }).catch((error) => {
            assert.ok(RetrievalError.is(error), `Not a RetrievalError: ${String(error)}`);
            return [];
          });
          const strangers = candidates.filter(({ id }) => !own.includes(id)).map(({ id }) => id);
          assert.deepEqual(strangers, [], JSON.stringify(filter));
        }
      }
      const left = await Promise.all(
        tenants.map((each) => source.search({ query, depth: 100, tenant: each })),
      );
      assert.equal(left.flat().length, documents.length, 'A filter changed what is stored.');
    },
  },
  {
    name: 'concurrent searches of several tenants do not mix',
    async check(subject) {
      const { source } = await openWith(subject, documents, { tenantField });
      const searches = Array.from({ length: 30 }, async (_, index) => {
        const tenant = tenants[index % 3]!;
        const candidates = await source.search({ query: queries[index % 4]!, depth: 100, tenant });
        assert.deepEqual(candidates.map(({ id }) => id).sort(), idsOf(tenant));
      });
      await Promise.all(searches);
    },
  },
  {
    name: 'the writer refuses a document that says not whose it is',
    async check(subject) {
      const { writer } = await openWith(subject, documents, { tenantField });
      for (const owner of [undefined, null, '', 5, true, ['acme'], { name: 'acme' }]) {
        const payload = { subject: 'any', ...(owner !== undefined && { [tenantField]: owner }) };
        const stray = stored({ ...corpus[0]!, id: 'stray', payload });
        await assertRefused(writer.write([stray]), 'invalid-document', writer.name);
      }
      const bare = { id: 'stray', text: 'No payload.', vector: corpus[0]!.vector, digest: 'd' };
      await assertRefused(writer.write([bare]), 'invalid-document', writer.name);
      assert.equal(await writer.count(), documents.length);
    },
  },
];
