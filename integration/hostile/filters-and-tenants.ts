import { expect } from '@jest/globals';
import type { CandidateSource, DocumentWriter, Filter, StoredDocument } from '@secondpass/core';
import { filterMatches } from '@secondpass/core/testing';
import { randomFilter, randomPayload, seeded } from '../../packages/core/src/testing/random-filters.ts';
import { noteTried } from '../../scripts/note-tried.ts';

const seed = 20_261_128;
const tenants = ['acme', 'globex', 'initech', "o'hara", '__proto__', '%', '*'] as const;
const perTenant = 12;
/** At a time: an engine answers several at once as well as one, and sooner. */
const together = 8;

/** A source with its writer, over a table of its own, that is multi-tenant by `tenant`. */
export interface TenantSource {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
}

/**
 * Asks random filters for random tenants and compares each answer with brute force over all documents of all tenants.
 *
 * @param where the engine's name in the table that the run prints
 * @param pairs how many pairs of a filter and a tenant are asked
 */
export async function tryFiltersAndTenants(
  where: string,
  { source, writer }: TenantSource,
  pairs: number,
): Promise<void> {
  const random = seeded(seed);
  const documents: StoredDocument[] = tenants.flatMap((tenant) =>
    Array.from({ length: perTenant }, (_, index) => ({
      id: `${tenant} ${index}`,
      text: 'A passage.',
      vector: Float32Array.from({ length: 4 }, () => random() - 0.5),
      payload: { ...randomPayload(random), tenant },
      digest: 'd',
    })),
  );
  await writer.prepare({ dimensions: 4 });
  await writer.write(documents);
  await writer.finish();
  const query = { text: 'any', vector: Float32Array.of(1, 0, 0, 0) };
  let [some, none] = [0, 0];
  const compare = async (filter: Filter, tenant: string) => {
    const found = await source.search({ query, depth: documents.length, filter, tenant });
    const expected = documents
      .filter(({ payload }) => payload!['tenant'] === tenant && filterMatches(filter, payload))
      .map(({ id }) => id);
    if (expected.length === 0 || expected.length === perTenant) none += 1;
    else some += 1;
    const ids = found.map(({ id }) => id).sort();
    if (ids.join('\n') !== expected.sort().join('\n'))
      expect({ filter, tenant, ids }).toEqual({ filter, tenant, ids: expected });
  };
  for (let done = 0; done < pairs; done += together) {
    await Promise.all(
      Array.from({ length: Math.min(together, pairs - done) }, () =>
        compare(randomFilter(random), tenants[Math.floor(random() * tenants.length)]!),
      ),
    );
  }
  // Filters that let all or nothing through compare little.
  expect(some).toBeGreaterThan(none / 4);
  noteTried({ kind: 'filters × tenants', where, count: pairs });
}
