import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { type Degradation, RetrievalError } from '@secondpass/core';
import { readConfigFile } from '../src/config/config-file.ts';
import { openReranker } from '../src/pipeline.ts';
import { Secrets } from '../src/secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const head = 'source: { adapter: pgvector, directory: data, table: t }\nreranker:\n';
const tinyBert = fileURLToPath(new URL('../../core/test/models/goldens/tiny-bert', import.meta.url));
const tiny = `reranker: { model: '${tinyBert}', workers: 1, probe: false, optimize: false }`;
const request = {
  query: 'why does bread rise',
  passages: ['The harbour froze.', 'Yeast makes gas.', 'A comet is ice.'],
};

async function open(reranker: string, environment: Record<string, string> = {}) {
  const folder = temporaryFolder({ 'secondpass.config.yaml': `${head}${reranker}\n` });
  const file = join(folder, 'secondpass.config.yaml');
  return openReranker(await readConfigFile(file, { environment, secrets: new Secrets() }));
}

async function problemOf(reranker: string): Promise<string> {
  const error = await open(reranker).then(
    (opened) => opened.close(),
    (reason: unknown) => reason,
  );
  if (!RetrievalError.is(error)) throw new Error(`expected a RetrievalError, got ${String(error)}`);
  expect(error.code).toBe('invalid-config');
  return error.message;
}

test('failover: a service that nobody serves, else a local model, and the answer says so', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the file's own variables
  const service = "{ service: infinity, url: 'http://127.0.0.1:9', model: m, retries: '${RETRIES}' }";
  const reranker = await open(
    `  failover:
    - { reranker: { remote: ${service} }, timeoutMs: 5000, circuit: { failures: 1 }, hedge: { to: next } }
    - { ${tiny}, circuit: false }`,
    { RETRIES: '0' },
  );
  const told: Degradation[] = [];
  const scores = await reranker.score({ ...request, onDegraded: (degradation) => told.push(degradation) });
  await reranker.score({ ...request, onDegraded: (degradation) => told.push(degradation) });
  await reranker.close();
  expect(scores).toHaveLength(3);
  expect(told).toHaveLength(2);
  expect(told[0]!.reason).toMatch(/; tiny-bert answered\.$/);
  expect(told[1]!.reason).toMatch(/: circuit-open; tiny-bert answered\.$/);
});

test('cascade: one model on all, another on the best, with an exit and with a chain inside', async () => {
  const reranker = await open(`  cascade:
    - { ${tiny} }
    - { best: 2, timeoutMs: 20000, exit: { topK: 1, step: 1, slope: 0.5, gap: 100 }, reranker: { failover: [ { ${tiny} } ] } }`);
  const scores = await reranker.score(request);
  await reranker.close();
  expect(scores.map(({ cascadeStage }) => cascadeStage).toSorted()).toEqual([0, 1, 1]);
});

describe('what does not go together names its key', () => {
  test.each([
    ['  { model: small, failover: [] }', /reranker\.failover is \[\], and a list of at least 1 was expected/],
    ['  { cascade: [ { TINY } ] }', /reranker\.cascade is \[.*, and a list of at least 2 was expected/],
    [
      '  { model: small, cascade: [ { TINY }, { TINY } ] }',
      /exactly one of model, remote, failover or cascade/,
    ],
    [
      '  { precision: int8, failover: [ { TINY } ] }',
      /reranker\.precision is "int8", and nothing next to failover/,
    ],
    [
      '  { failover: [ { reranker: { modell: small } } ] }',
      /reranker\.failover\.0\.reranker\.modell is not a known key; did you mean "model"/,
    ],
    [
      '  { failover: [ { TINY, timeout: 5 } ] }',
      /reranker\.failover\.0\.timeout is not a known key; did you mean "timeoutMs"/,
    ],
    [
      '  { failover: [ { TINY, timeoutMs: 0 } ] }',
      /reranker\.failover\.0\.timeoutMs is 0, and a number from 1/,
    ],
    [
      '  { failover: [ { TINY, circuit: open } ] }',
      /failover\.0\.circuit is "open", and a block of keys, or false/,
    ],
    [
      '  { failover: [ { TINY, hedge: { to: next } } ] }',
      /reranker\.failover: rerankers\[0\]\.hedge\.to is next/,
    ],
    ['  { cascade: [ { TINY }, { TINY, best: 0 } ] }', /reranker\.cascade\.1\.best is 0/],
    [
      '  { cascade: [ { TINY }, { reranker: { cascade: [ { TINY }, { TINY } ] } } ] }',
      /reranker\.cascade: stages\[1\]\.reranker is a cascade inside a cascade/,
    ],
    ['  { cascade: [ { TINY, best: 5 }, { TINY } ] }', /reranker\.cascade: stages\[0\] has best/],
    [
      '  { failover: [ { reranker: { model: nowhere } } ] }',
      /reranker\.failover\.0\.reranker\.model: The model "nowhere"/,
    ],
  ])('%s', async (reranker, words) => {
    expect(await problemOf(reranker.replaceAll('TINY', tiny))).toMatch(words);
  });
});
