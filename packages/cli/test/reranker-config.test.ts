import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { readConfigFile } from '../src/config/config-file.ts';
import { openReranker } from '../src/pipeline.ts';
import { Secrets } from '../src/secrets.ts';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const core = fileURLToPath(new URL('../../late-interaction/test/', import.meta.url));
const source = 'source: { adapter: pgvector, directory: data, table: t }\n';
const models = { poly: 'poly-encoder/tiny-poly-encoder', late: 'tiny-colbert' };

function folderWith(config: string): string {
  const folder = temporaryFolder({ 'secondpass.config.yaml': `${source}${config}\n` });
  for (const [name, path] of Object.entries(models)) {
    cpSync(join(core, path), join(folder, name), { recursive: true });
  }
  return folder;
}

function read(config: string, environment: Record<string, string> = {}) {
  const file = join(folderWith(config), 'secondpass.config.yaml');
  return readConfigFile(file, { environment, secrets: new Secrets() });
}

async function problemOf(config: string): Promise<string> {
  const error = await read(config)
    .then(openReranker)
    .then(
      (opened) => opened.close(),
      (reason: unknown) => reason,
    );
  if (!RetrievalError.is(error)) throw new Error(`expected a RetrievalError, got ${String(error)}`);
  expect(error.code).toBe('invalid-config');
  return error.message;
}

test('a reranker is run by the runtime that the file names', async () => {
  const config = await read('reranker: { model: nano, runtime: wasm, precision: int8, workers: 1 }');
  // Only the one in WebAssembly refuses that.
  await expect(openReranker(config)).rejects.toMatchObject({
    code: 'model-unsupported',
    problem: expect.stringContaining('int8 is asked for'),
  });
  expect(await problemOf('reranker: { model: nano, runtime: native }')).toMatch(
    /reranker\.runtime.*onnx.*wasm/s,
  );
});

const longText = 'Bread rises because yeast makes gas. '.repeat(120);

test('a cross-encoder reads long passages and keeps scores as the file says', async () => {
  const config = await read(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the file's own variables
    'reranker: { model: small, workers: 1, probe: false, optimize: false, longPassages: chunk-max, maxChunks: 2, maxQueryShare: "${SHARE}", scoreCacheBytes: 65536 }',
    { SHARE: '0.25' },
  );
  expect(config.reranker).toMatchObject({ maxQueryShare: 0.25, maxChunks: 2 });
  const reranker = await openReranker(config);
  const request = { query: 'why does bread rise', passages: [longText] };
  const [first] = await reranker.score(request);
  const [second] = await reranker.score(request);
  const [third] = await reranker.score(request);
  await reranker.close();
  expect(first!.chunk).toMatchObject({ count: 2 });
  expect(second).toEqual(first);
  // The very object that the cache holds.
  expect(third).toBe(second);
});

test('passages computed beforehand are kept in a folder beside the file', async () => {
  const config = await read(
    'reranker: { model: small, workers: 1, precomputed: { directory: kept, maxBytes: 16777216 } }',
  );
  const reranker = await openReranker(config);
  const scores = await reranker.score({ query: 'bread', passages: ['yeast', 'harbour'] });
  await reranker.close();
  expect(scores).toHaveLength(2);
  expect(readdirSync(join(config.folder, 'kept'))).toContain('passages-1.sqlite');
});

test.each([
  ['late', ''],
  ['late', 'kind: late-interaction, precision: fp32,'],
  ['poly', ''],
  ['poly', 'kind: poly-encoder,'],
])('%s is opened by what its files say, and by kind (%s)', async (model, more) => {
  const reranker = await openReranker(await read(`reranker: { ${more} model: ${model}, workers: 1 }`));
  const scores = await reranker.score({ query: 'bread', passages: ['yeast', 'harbour'] });
  await reranker.close();
  expect(scores).toHaveLength(2);
  expect(reranker.constructor.name).toBe(model === 'late' ? 'LateInteraction' : 'PolyEncoder');
});

describe('an unsound reranker names its key', () => {
  test.each([
    ['{ model: small, longPassages: chunk }', /reranker\.longPassages is "chunk", and "truncate" or/],
    ['{ model: small, maxQueryShare: 1 }', /reranker\.maxQueryShare is 1, and a number up to 0\.95/],
    ['{ model: small, maxQueryShare: half }', /reranker\.maxQueryShare is "half", and a number/],
    ['{ model: small, maxChunks: 0 }', /reranker\.maxChunks is 0, and a number from 1/],
    ['{ model: small, chunkOverlap: -1 }', /reranker\.chunkOverlap is -1, and a number from 0/],
    ['{ model: small, scoreCacheBytes: 1.5 }', /reranker\.scoreCacheBytes is 1\.5, and an integer/],
    ['{ model: small, probe: maybe }', /reranker\.probe is "maybe", and true or false/],
    ['{ model: small, topChunk: 2 }', /reranker\.topChunk is not a known key; did you mean "topChunks"/],
    ['{ model: small, kind: bi-encoder }', /reranker\.kind is "bi-encoder", and "cross-encoder" or/],
    [
      '{ model: late, kind: late-interaction, probe: true }',
      /reranker\.probe is true, and nothing for a late-int/,
    ],
    ['{ model: small, precomputed: { maxBytes: 20000000 } }', /reranker\.precomputed\.directory is missing/],
    ['{ model: small, precomputed: { table: states } }', /reranker\.precomputed\.url is missing/],
    [
      "{ model: small, precomputed: { directory: kept, url: 'postgres://h/d', table: states } }",
      /reranker\.precomputed\.directory is "kept", and nothing next to url and table/,
    ],
    [
      "{ model: small, precomputed: { url: 'postgres://h/d', table: states, maxBytes: 20000000 } }",
      /reranker\.precomputed\.maxBytes is 20000000, and nothing next to table/,
    ],
    [
      '{ model: small, probe: true, precomputed: { directory: kept } }',
      /reranker\.probe is true, and nothing next to precomputed/,
    ],
    [
      '{ model: poly, precomputed: { directory: kept } }',
      /reranker\.precomputed: The model is a poly-encoder/,
    ],
    ['{ model: poly, maxChunks: 2 }', /reranker\.maxChunks: The model is a poly-encoder/],
    ['{ model: small }\nminScore: 2', /minScore is 2, and a number up to 1/],
    [
      '{ model: small }\nscoreScaling: zscore',
      /scoreScaling is "zscore", and "model" or "min-max" or "softmax"/,
    ],
  ])('%s', async (reranker, words) => {
    expect(await problemOf(`reranker: ${reranker}`)).toMatch(words);
  });
});

describe('secondpass rerank', () => {
  const lines = [longText, 'The harbour froze.'].map((text) => JSON.stringify({ text })).join('\n');
  const rerank = ['rerank', '--query', 'why does bread rise', '--documents', '-', '--json'];

  test('says what was cut, and what is below --min-score of --score-scaling', async () => {
    const flags = [...rerank, '--min-score', '0.5', '--score-scaling', 'min-max'];
    const { code, stdout } = await runCommand(flags, { input: lines });
    expect(code).toBe(0);
    const { results, belowMinScore } = JSON.parse(stdout);
    expect(belowMinScore).toBe(1);
    expect(results).toEqual([
      { rank: 1, index: 0, id: null, score: 1, rawScore: expect.any(Number), tokensCut: expect.any(Number) },
    ]);
    expect(results[0].tokensCut).toBeGreaterThan(100);
  });

  test('reads a long document in chunks, and says which was the best', async () => {
    const { stdout } = await runCommand([...rerank, '--long-passages', 'chunk-max'], { input: lines });
    const { results, ...others } = JSON.parse(stdout);
    expect(others).not.toHaveProperty('belowMinScore');
    expect(results[0]).toMatchObject({
      index: 0,
      chunk: { number: expect.any(Number), start: expect.any(Number) },
    });
    expect(results[0]).not.toHaveProperty('tokensCut');
  });

  test.each([
    [['--min-score', '1.5'], /A number from 0 to 1 was expected/],
    [['--score-scaling', 'best'], /Allowed choices are model, min-max, softmax/],
    [['--long-passages', 'all'], /Allowed choices are truncate, chunk-max/],
    [['--precision', 'fp16'], /Allowed choices are fp32, int8/],
    [
      ['--model', join(core, models.late), '--long-passages', 'chunk-max'],
      /--long-passages: The model is a late-interaction/,
    ],
  ])('refuses %j with 2', async (flags, words) => {
    const { code, stderr } = await runCommand([...rerank.slice(0, -1), ...flags], { input: lines });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });

  test('takes a poly-encoder as it is', async () => {
    const { code, stdout } = await runCommand([...rerank, '--model', join(core, models.poly)], {
      input: lines,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).results).toHaveLength(2);
  });
});

test('the bundled model is a cross-encoder', async () => {
  const { readRerankerKind } = await import('../src/local-models/reranker-kind.ts');
  expect(await readRerankerKind(modelDirectory('small'))).toBe('cross-encoder');
});
