import { describe, expect, test } from '@jest/globals';
import { searchSettings, searchStatement } from '../src/pgvector-request.ts';

const table = {
  name: 'pgvector:articles',
  schema: 'search',
  relation: 'Arti"cles',
  columns: { id: 'id', text: 'text', vector: 'embedding', payload: 'payload' },
  tenantField: undefined,
  payload: 'payload',
};
const vector = Float32Array.of(0.5, -1, 0.25);

describe('the statement', () => {
  test('orders by distance alone and sends values as parameters', () => {
    expect(searchStatement({ table, metric: 'cosine', vectorType: 'vector', vector, depth: 7 })).toEqual({
      text: [
        'SELECT "id"::text AS id, "text"::text AS text,',
        '"payload"::jsonb::text AS payload, ("embedding" <=> $1::vector)::text AS distance',
        'FROM "search"."Arti""cles"',
        'WHERE "embedding" IS NOT NULL',
        'ORDER BY "embedding" <=> $1::vector',
        'LIMIT $2',
      ].join('\n'),
      values: ['[0.500000000,-1.00000000,0.250000000]', 7],
    });
  });

  test.each([
    ['cosine', '<=>'],
    ['inner-product', '<#>'],
    ['l2', '<->'],
  ] as const)('%s compares with %s', (metric, operator) => {
    const { text } = searchStatement({ table, metric, vectorType: 'halfvec', vector, depth: 1 });
    expect(text).toContain(`ORDER BY "embedding" ${operator} $1::halfvec`);
  });

  test('puts the filter between vector and depth', () => {
    const filter = { field: 'lang', ne: 'en' };
    const plan = { table, metric: 'l2', vectorType: 'vector', vector, depth: 3, filter } as const;
    const { text, values } = searchStatement(plan);
    expect(text).toContain('WHERE "embedding" IS NOT NULL AND ((((');
    expect(values).toEqual(['[0.500000000,-1.00000000,0.250000000]', '{"lang":"en"}', '{"lang":["en"]}', 3]);
  });

  test("the tenant's condition stands beside the filter, with brackets of its own", () => {
    const filter = { or: [{ native: { sql: 'true' } }, { field: 'a', eq: 1 }] };
    const guarded = { ...table, tenantField: "owner.it's" };
    const plan = { table: guarded, metric: 'l2', vectorType: 'vector', vector, depth: 3 } as const;
    const { text, values } = searchStatement({ ...plan, filter, tenant: `a"'` });
    expect(text).toContain(
      `WHERE "embedding" IS NOT NULL AND (("payload"::jsonb -> E'owner' -> E'it\\'s') = $2::jsonb) AND (((true) OR `,
    );
    expect(values.slice(1, 2)).toEqual([`"a\\"'"`]);
    expect(() => searchStatement(plan)).toThrow('needs its tenant');
  });

  test('a table without payload gives NULL for it', () => {
    const bare = { ...table, payload: new Map<string, string>() };
    const { text } = searchStatement({ table: bare, metric: 'l2', vectorType: 'vector', vector, depth: 3 });
    expect(text).toContain('NULL::text AS payload');
  });
});

describe('the settings', () => {
  const base = {
    search: 'hnsw',
    depth: 100,
    filtered: false,
    efSearch: undefined,
    iterativeScan: 'strict',
    maxScanTuples: undefined,
    probes: 20,
    statementTimeoutMs: 500,
  } as const;
  const timeout = 'SET LOCAL statement_timeout = 500';

  test.each([
    [1, 40],
    [40, 40],
    [100, 100],
    [5000, 1000],
  ])('ef_search for depth %d is %d', (depth, efSearch) => {
    expect(searchSettings({ ...base, depth })).toContain(`SET LOCAL hnsw.ef_search = ${efSearch}`);
  });

  test('the scan is iterative where a filter or a great depth needs it, and only there', () => {
    const strict = 'SET LOCAL hnsw.iterative_scan = strict_order';
    expect(searchSettings(base)).toEqual([timeout, 'SET LOCAL hnsw.ef_search = 100']);
    expect(searchSettings({ ...base, filtered: true })).toContain(strict);
    expect(searchSettings({ ...base, depth: 1001 })).toContain(strict);
    expect(searchSettings({ ...base, efSearch: 99 })).toContain(strict);
    expect(searchSettings({ ...base, filtered: true, iterativeScan: 'off' }).join()).not.toContain(
      'iterative',
    );
    expect(searchSettings({ ...base, filtered: true, iterativeScan: 'relaxed', maxScanTuples: 9 })).toEqual([
      timeout,
      'SET LOCAL hnsw.ef_search = 100',
      'SET LOCAL hnsw.iterative_scan = relaxed_order',
      'SET LOCAL hnsw.max_scan_tuples = 9',
    ]);
  });

  test('IVFFlat has probes, and one way to go on', () => {
    const ivfflat = { ...base, search: 'ivfflat' } as const;
    const probes = 'SET LOCAL ivfflat.probes = 20';
    expect(searchSettings(ivfflat)).toEqual([
      timeout,
      probes,
      'SET LOCAL ivfflat.iterative_scan = relaxed_order',
    ]);
    expect(searchSettings({ ...ivfflat, iterativeScan: 'off' })).toEqual([timeout, probes]);
  });

  test('exact keeps away from the index', () => {
    expect(searchSettings({ ...base, search: 'exact' })).toEqual([
      timeout,
      'SET LOCAL enable_indexscan = off',
    ]);
  });
});
