import assert from 'node:assert/strict';
import { RetrievalError } from '../foundation/retrieval-error.ts';
import type { Rule } from './contract.ts';
import { corpus, queries } from './corpus.ts';
import { openWith, stored } from './source-under-test.ts';
import type { TextSourceSubject } from './text-source-under-test.ts';

/** Registered if the source can be made multi-tenant. */
export const textTenantRules: readonly Rule<TextSourceSubject>[] = [
  {
    name: 'a search by text sees its own tenant only',
    async check(subject) {
      const tenantField = 'tenant';
      const owner = (index: number) => (index % 2 === 0 ? 'acme' : 'globex');
      const documents = corpus.map((document, index) =>
        stored({ ...document, payload: { ...document.payload, [tenantField]: owner(index) } }),
      );
      const own = documents.filter((_, index) => owner(index) === 'acme').map(({ id }) => id);
      const { source } = await openWith(subject, documents, { tenantField });
      const query = { text: corpus.map(({ text }) => text).join(' ') };
      const hostile = (subject.tenants?.wideningFilters ?? []).map((native) => ({ native }));
      const filters = [
        undefined,
        { field: tenantField, exists: true },
        { not: { field: tenantField, eq: 'acme' } },
      ];
      for (const filter of [...filters, ...hostile]) {
        const request = { query, depth: 100, tenant: 'acme', ...(filter && { filter }) };
        const candidates = await source.search(request).catch((error) => {
          assert.ok(RetrievalError.is(error), `Not a RetrievalError: ${String(error)}`);
          return [];
        });
        if (filter === undefined) assert.deepEqual(candidates.map(({ id }) => id).sort(), own.toSorted());
        assert.ok(
          candidates.every(({ id }) => own.includes(id)),
          JSON.stringify(filter),
        );
      }
      await assert.rejects(
        source.search({ query: queries[0], depth: 1 }),
        (error) => RetrievalError.is(error) && error.code === 'invalid-options',
      );
    },
  },
];
