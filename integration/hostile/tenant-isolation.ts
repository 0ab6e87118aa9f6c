import { expect } from '@jest/globals';
import {
  type Candidate,
  type CandidateSource,
  type DocumentWriter,
  type Filter,
  type Reranker,
  type RerankRequest,
  type ShadowRecord,
  type StoredDocument,
  TwoStageRetriever,
} from '@secondpass/core';
import { cachedReranker, fairReranker, ScoreCache } from '@secondpass/core/rerankers';
import { fusedSource } from '@secondpass/core/sources';
import { filterMatches, inMemorySource } from '@secondpass/core/testing';
import fc from 'fast-check';
import { randomFilter, randomPayload, seeded } from '../../packages/core/src/testing/random-filters.ts';

const seed = 20_261_129;
const tenantField = 'tenant';
const words = ['salt', 'yeast', 'bread', 'harbor', 'ice'];

/** Names that have broken programs: quotes, wildcards, keys of prototypes, directions, lookalikes, long ones. */
const hostileNames = [
  'acme',
  'ACME',
  'acme ',
  "a' OR 1=1 --",
  `"}}, {"match_all": {}}`,
  '"acme"',
  '$1',
  '%',
  '*',
  'null',
  'true',
  '0',
  '__proto__',
  'constructor',
  '../acme',
  '\\',
  '\u202Eemca',
  'e\u0301',
  'é',
  '東京 🌙',
  '\uFFFD',
  'long '.repeat(100).trim(),
];

/** What no source may take for a tenant. */
const refusedNames = ['', '\0', 'a\0b', '\uD800', 7, null, ['acme'], { ne: '' }];

/** An engine's searches of one table that is multi-tenant by `tenant`. */
export interface IsolatedEngine {
  readonly source: CandidateSource;
  readonly textSource: CandidateSource;
  readonly writer: DocumentWriter;
}

interface Call {
  readonly way: 'vector' | 'text' | 'hybrid' | 'federated' | 'reranked' | 'shadow' | 'fetch' | 'refused';
  readonly tenant: number;
  readonly depth: number;
  readonly seed: number;
  readonly filtered: boolean;
}

const calls = fc.array(
  fc.record<Call>({
    way: fc.constantFrom('vector', 'text', 'hybrid', 'federated', 'reranked', 'shadow', 'fetch', 'refused'),
    tenant: fc.nat(1000),
    depth: fc.integer({ min: 1, max: 30 }),
    seed: fc.nat(),
    filtered: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

/**
 * Random tenants ask in every way at the same time, over one cache and one reranker. No answer may hold a passage of another
 * tenant, and none by vector may hold fewer than there are.
 *
 * @param runs how many times up to eight callers ask together
 */
export async function tryIsolation(engine: IsolatedEngine, runs: number): Promise<void> {
  const random = seeded(seed);
  const tenants = [
    ...hostileNames,
    ...fc
      .sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), { seed, numRuns: 40 })
      .filter((name) => name.isWellFormed() && !name.includes('\0')),
  ].filter((name, index, all) => all.indexOf(name) === index);
  // Texts are the same for all tenants, so that the cache and the search by text meet other tenants' passages.
  const documents: StoredDocument[] = tenants.flatMap((tenant, place) =>
    Array.from({ length: 2 + (place % 9) }, (_, index) => ({
      id: `${place}-${index}`,
      text: `${words[index % words.length]} and ${words[(index * 3 + 1) % words.length]}`,
      vector: Float32Array.from({ length: 4 }, () => random() - 0.5),
      payload: { ...randomPayload(random), tenant },
      digest: 'd',
    })),
  );
  const inMemory = inMemorySource({ tenantField });
  for (const writer of [engine.writer, inMemory.writer]) {
    await writer.prepare({ dimensions: 4 });
    await writer.write(documents);
    await writer.finish();
  }
  const owner = new Map(documents.map(({ id, payload }) => [id, payload![tenantField]]));
  const hybrid = fusedSource({
    sources: [engine.source, { source: { ...engine.textSource, name: 'by text' } }],
  });
  const federated = fusedSource({
    sources: [engine.source, { source: { ...inMemory.source, name: 'other' }, idPrefix: 'other/' }],
  });
  const reranker = fairReranker(
    cachedReranker(lengthReranker(), { cache: new ScoreCache({ maxBytes: 2 ** 20 }) }),
    { maxPairsInWork: 4 },
  );
  const records: ShadowRecord[] = [];
  const shared = { reranker, embedder: anyEmbedder(), depth: 30, topK: 30, timeoutMs: 300_000 };
  const retrievers = {
    reranked: new TwoStageRetriever({ ...shared, source: engine.source }),
    shadow: new TwoStageRetriever({
      ...shared,
      source: engine.source,
      shadow: { record: (record) => void records.push(record), maxPending: 1000 },
    }),
  };
  let asked = 0;

  const ask = async ({ way, tenant: place, depth, seed: own, filtered }: Call): Promise<void> => {
    asked += 1;
    const tenant = tenants[place % tenants.length]!;
    const next = seeded(own);
    const filter: Filter | undefined = filtered ? randomFilter(next) : undefined;
    const vector = Float32Array.from({ length: 4 }, () => next() - 0.5);
    const text = `${words[own % words.length]} ${place % tenants.length}`;
    const request = { query: { text, vector }, depth, tenant, ...(filter && { filter }) };
    const visible = documents.filter(
      ({ payload }) => payload![tenantField] === tenant && (!filter || filterMatches(filter, payload)),
    );
    const check = (found: readonly Pick<Candidate, 'id' | 'text'>[], count?: number) => {
      const ids = found.map(({ id }) => id.replace('other/', ''));
      const foreign = ids.filter((id) => !visible.some((document) => document.id === id));
      if (foreign.length > 0)
        expect({ way, tenant, filter, foreign }).toEqual({ way, tenant, filter, foreign: [] });
      if (count !== undefined && ids.length !== count)
        expect({ way, tenant, filter, ids }).toHaveLength(count);
    };
    switch (way) {
      case 'vector':
        return check(await engine.source.search(request), Math.min(depth, visible.length));
      case 'text':
        return check(await engine.textSource.search(request));
      case 'hybrid':
        return check(await hybrid.search(request));
      case 'federated':
        return check(await federated.search(request));
      case 'fetch': {
        const ids = documents.filter((_, index) => index % 3 === own % 3).map(({ id }) => id);
        const expected = visible.filter(({ id }) => ids.includes(id)).length;
        return check(await engine.source.fetch!({ ids, tenant, ...(filter && { filter }) }), expected);
      }
      case 'refused': {
        const name = refusedNames[own % refusedNames.length];
        const refused = engine.source.search({ ...request, tenant: name as string });
        await expect(refused).rejects.toMatchObject({ code: 'invalid-options' });
        return;
      }
      default: {
        const { hits } = await retrievers[way].retrieve(text, {
          tenant,
          depth: 30,
          topK: 30,
          ...(filter && { filter }),
        });
        check(
          hits.map(({ candidate }) => candidate),
          visible.length,
        );
        // A score of another pair, out of the cache, would differ.
        for (const { rawScore, candidate } of way === 'reranked' ? hits : [])
          if (rawScore !== text.length * 100 + candidate.text.length) expect(rawScore).toBe(candidate.text);
      }
    }
  };

  await fc.assert(
    fc.asyncProperty(calls, async (together) => {
      await Promise.all(together.map(ask));
    }),
    { numRuns: runs, seed },
  );
  await retrievers.shadow.settled();
  for (const { query, hits = [] } of records) {
    const tenant = tenants[Number(query.split(' ')[1])];
    expect(hits.filter(({ id }) => owner.get(id) !== tenant)).toEqual([]);
  }
  expect(records.length).toBeGreaterThan(0);
  expect(asked).toBeGreaterThan(2 * runs);
}

/** Whose score tells the pair that it is of. */
function lengthReranker(): Reranker {
  return {
    name: 'length',
    fingerprint: 'length-1',
    score: async ({ query, passages }: RerankRequest) =>
      passages.map((passage) => ({
        score: 0.5,
        rawScore: query.length * 100 + passage.length,
        tokensCut: 0,
      })),
  };
}

function anyEmbedder() {
  return {
    name: 'any',
    fingerprint: 'any-1',
    dimensions: 4,
    embed: async ({ texts }: { readonly texts: readonly string[] }) =>
      texts.map((text) => Float32Array.of(1, text.length, 0.5, -1)),
  };
}
