import { cpSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { readConfigFile } from '../src/config/config-file.ts';
import { openEmbedder } from '../src/pipeline.ts';
import { Secrets } from '../src/secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const goldens = fileURLToPath(new URL('../../core/test/models/goldens/', import.meta.url));
const source = 'source: { adapter: pgvector, directory: data, table: t }\n';

async function read(embedder: string, environment: Record<string, string> = {}, secrets = new Secrets()) {
  const folder = temporaryFolder({ 'secondpass.config.yaml': `${source}embedder:\n  ${embedder}\n` });
  cpSync(join(goldens, 'tiny-sentence-bert'), join(folder, 'one'), { recursive: true });
  for (const kind of ['query', 'passage']) {
    cpSync(join(goldens, 'tiny-sentence-bert'), join(folder, kind), { recursive: true });
    cpSync(join(goldens, 'embedders', `dpr-${kind}`), join(folder, kind), { recursive: true });
    rmSync(join(folder, kind, 'modules.json'));
  }
  return readConfigFile(join(folder, 'secondpass.config.yaml'), { environment, secrets });
}

async function problemOf(embedder: string): Promise<string> {
  const error = await read(embedder)
    .then(openEmbedder)
    .then(
      (opened) => opened.close(),
      (reason: unknown) => reason,
    );
  if (!RetrievalError.is(error)) throw new Error(`expected a RetrievalError, got ${String(error)}`);
  return `${error.code} ${error.message}`;
}

test('one local model, with prompts and fewer dimensions', async () => {
  const embedder = await openEmbedder(
    await read('{ model: one, workers: 1, dimensions: 16, prompts: { query: "question : " } }'),
  );
  const [query] = await embedder.embed({ texts: ['river'], kind: 'query' });
  const [passage] = await embedder.embed({ texts: ['question : river'], kind: 'passage' });
  expect(query).toHaveLength(16);
  expect([...query!]).toEqual([...passage!]);
  await embedder.close();
});

test('a DPR pair, from paths beside the file', async () => {
  const embedder = await openEmbedder(await read('{ query: query, passage: ./passage, workers: 1 }'));
  const [query] = await embedder.embed({ texts: ['river'], kind: 'query' });
  const [passage] = await embedder.embed({ texts: ['river'], kind: 'passage' });
  expect([...query!]).not.toEqual([...passage!]);
  await embedder.close();
});

describe('a service', () => {
  let server: Server;
  const keys: (string | undefined)[] = [];
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      keys.push(request.headers.authorization);
      let body = '';
      for await (const chunk of request) body += chunk;
      const { input, model } = JSON.parse(body) as { input: string[]; model: string };
      const data = input.map((_, index) => ({ index, embedding: [1, 2, 3] }));
      response.end(JSON.stringify({ data, model }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('with its key and its limits from variables, which no message shows', async () => {
    const { port } = server.address() as { port: number };
    const secrets = new Secrets();
    const config = await read(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the file's own variables
      '{ remote: { dialect: openai, url: "http://127.0.0.1:${PORT}/v1", model: m, apiKey: "${EMBED_KEY}", retries: "${RETRIES}" } }',
      { PORT: String(port), EMBED_KEY: 'sk-of-the-test', RETRIES: '0' },
      secrets,
    );
    const embedder = await openEmbedder(config);
    expect([embedder.dimensions, embedder.name]).toEqual([3, 'openai:m']);
    expect(keys).toEqual(['Bearer sk-of-the-test']);
    expect(secrets.redact('the key is sk-of-the-test')).not.toContain('sk-of-the-test');
    await embedder.close();
  });
});

describe('an unsound embedder names its key', () => {
  test.each([
    [
      'two ways',
      '{ model: one, query: query, passage: passage }',
      /embedder\.model is "one", and exactly one of/,
    ],
    ['none', '{ workers: 1 }', /embedder\.model is missing, and exactly one of model/],
    ['half a pair', '{ query: query }', /embedder\.passage is missing, and a model for each/],
    [
      'settings beside remote',
      '{ dimensions: 3, remote: { dialect: tei, url: "http://a" } }',
      /embedder\.dimensions is 3, and nothing next to remote/,
    ],
    [
      'an unknown dialect',
      '{ remote: { dialect: cohere, url: "http://a" } }',
      /embedder\.remote\.dialect is "cohere", and "openai" or "tei" or "ollama"/,
    ],
    [
      'a misspelt prompt',
      '{ model: one, prompts: { qery: "q" } }',
      /embedder\.prompts\.qery is not a known key; did you mean "query"/,
    ],
    ['a misspelt key', '{ modl: one }', /embedder\.modl is not a known key; did you mean "model"/],
    [
      'a key that the service does not know',
      '{ remote: { dialect: tei, url: "http://a", model: m } }',
      /model is not an option/,
    ],
    ['a model that is not there', '{ query: nowhere, passage: passage }', /embedder\.query: .*"nowhere"/],
    [
      'a swapped pair',
      '{ query: passage, passage: query, workers: 1 }',
      /DPRContextEncoder, which reads passages only/,
    ],
    ['too many dimensions', '{ model: one, dimensions: 400 }', /dimensions is 400, and the model gives 24/],
  ])('%s', async (_, embedder, words) => {
    expect(await problemOf(embedder)).toMatch(words);
  });

  test('and never its key', async () => {
    const text = await problemOf(
      '{ model: one, remote: { dialect: tei, url: "http://a", apiKey: sk-in-the-file } }',
    );
    expect(text).not.toContain('sk-in-the-file');
  });
});
