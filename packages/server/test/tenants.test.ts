import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { type Reranker, type RerankRequest, TwoStageRetriever } from '@secondpass/core';
import { fairReranker } from '@secondpass/core/rerankers';
import type { ServerOptions } from '../src/index.ts';
import { bearer, type Started, sha256, startServer } from './start-server.ts';

/** A reranker that answers when it is told to, and keeps the order in which it was asked. */
function heldReranker() {
  const order: string[] = [];
  const held: (() => void)[] = [];
  let open = false;
  const reranker: Reranker = {
    name: 'held',
    score: async ({ passages, caller = '', tenant = '' }: RerankRequest) => {
      order.push(JSON.stringify([caller, tenant]));
      if (!open) await new Promise<void>((resolve) => held.push(resolve));
      return passages.map(({ length }) => ({ score: 0.5, rawScore: length, tokensCut: 0 }));
    },
  };
  const release = () => held.shift()?.();
  const openAll = () => {
    open = true;
    for (const resolve of held.splice(0)) resolve();
  };
  return { reranker, order, release, openAll };
}

let started: Started | undefined;
afterEach(() => started?.server.drain({ timeoutMs: 1 }));
const start = async (options: ServerOptions): Promise<Started> => {
  started = await startServer(options);
  return started;
};
const texts = ['Yeast makes dough rise.', 'The harbor froze.'];
const query = 'bread';
const until = async (holds: () => boolean) => {
  for (let waited = 0; !holds(); waited += 1) {
    if (waited === 10_000) throw new Error('What the test waits for did not come.');
    await sleep(2);
  }
};

test('a caller with many tenants: a flood of one does not hold up another', async () => {
  const { reranker, order, release, openAll } = heldReranker();
  const keys = [{ name: 'gateway', sha256: sha256('sk-gateway') }];
  const server = await start({ rerankers: { held: reranker }, keys, limits: { maxCharactersInWork: 1 } });
  const ask = (tenant: string) =>
    server.post(
      '/rerank',
      { query, texts },
      { headers: { ...bearer('sk-gateway').headers, 'x-tenant': encodeURIComponent(tenant) } },
    );
  const all = Array.from({ length: 50 }, () => ask('flood'));
  await until(() => order.length === 1);
  const calm = Array.from({ length: 5 }, () => ask('東京'));
  await until(() => order.length === 2);
  await until(() => {
    release();
    return order.length >= 14;
  });
  // Each gets its turn, although 49 of one were there first.
  expect(order.slice(0, 14).filter((who) => who === '["gateway","東京"]')).toHaveLength(5);
  openAll();
  const answers = await Promise.all([...all, ...calm]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('a tenant has a bounded queue; 429 says when to come back, also where the reranker’s own queue is full', async () => {
  const { reranker, order, openAll } = heldReranker();
  const server = await start({
    rerankers: { held: fairReranker(reranker, { maxPairsInWork: 2, maxQueued: 1 }) },
    limits: { maxQueued: 2 },
  });
  const ask = (tenant: string) =>
    server.post('/rerank', { query, texts }, { headers: { 'x-tenant': tenant } });
  const all = Array.from({ length: 8 }, () => ask('flood'));
  const refused = await Promise.race(all);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(order.length).toBeGreaterThan(0);
  const calm = ask('calm');
  await until(() => order.includes('["anonymous","calm"]'));
  openAll();
  expect((await calm).status).toBe(200);
  await Promise.all(all);
});

test('a caller and its tenant are told apart from every other pair of names', async () => {
  const { reranker, order, openAll } = heldReranker();
  openAll();
  const keys = ['a', 'a/b'].map((name) => ({ name, sha256: sha256(`sk-${name}`) }));
  const server = await start({ rerankers: { held: reranker }, keys });
  for (const [key, tenant] of [
    ['sk-a', 'b/c'],
    ['sk-a/b', 'c'],
  ] as const) {
    const headers = { ...bearer(key).headers, 'x-tenant': encodeURIComponent(tenant) };
    expect((await server.post('/rerank', { query, texts }, { headers })).status).toBe(200);
  }
  expect(order.map((who) => JSON.parse(who))).toEqual([
    ['a', 'b/c'],
    ['a/b', 'c'],
  ]);
});

test('the header names the tenant of a search; a key for one tenant refuses another', async () => {
  const asked: unknown[] = [];
  const { reranker, order, openAll } = heldReranker();
  openAll();
  const source = {
    name: 'notes',
    input: 'text',
    search: async ({ tenant }: { readonly tenant?: string }) => {
      asked.push(tenant);
      return [{ id: '1', text: 'Yeast.', score: 1, rank: 1 }];
    },
  } as const;
  const keys = [
    { name: 'gateway', sha256: sha256('sk-gateway') },
    { name: 'acme', sha256: sha256('sk-acme'), tenant: 'acme' },
  ];
  const server = await start({ pipelines: { notes: new TwoStageRetriever({ source, reranker }) }, keys });
  const search = (key: string, header?: string, tenant?: string) =>
    server.post(
      '/search',
      { query, ...(tenant !== undefined && { tenant }) },
      {
        headers: { ...bearer(key).headers, ...(header !== undefined && { 'x-tenant': header }) },
      },
    );
  const statuses = [
    await search('sk-gateway', 'globex'),
    await search('sk-gateway', undefined, 'initech'),
    await search('sk-acme'),
    await search('sk-acme', 'acme', 'acme'),
    await search('sk-acme', 'globex'),
    await search('sk-gateway', 'globex', 'acme'),
    await search('sk-gateway', '%ff'),
    await search('sk-gateway', ''),
  ].map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 200, 200, 403, 403, 400, 400]);
  expect(asked).toEqual(['globex', 'initech', 'acme', 'acme']);
  expect(order.map((who) => JSON.parse(who))).toEqual([
    ['gateway', 'globex'],
    ['gateway', 'initech'],
    ['acme', 'acme'],
    ['acme', 'acme'],
  ]);
  expect(server.logText()).not.toContain('globex');
});
