import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { readConfigFile } from '../src/config/config-file.ts';
import { openReranker } from '../src/pipeline.ts';
import { Secrets } from '../src/secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

let server: Server;
const seen: { readonly authorization: string | undefined; readonly texts: number }[] = [];
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { texts } = JSON.parse(body) as { texts: string[] };
    seen.push({ authorization: request.headers.authorization, texts: texts.length });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(texts.map((text, index) => ({ index, score: text.length })).reverse()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const source = 'source: { adapter: pgvector, directory: data, table: t }\n';

function read(reranker: string, environment: Record<string, string> = {}, secrets = new Secrets()) {
  const folder = temporaryFolder({ 'secondpass.config.yaml': `${source}reranker: ${reranker}\n` });
  return readConfigFile(join(folder, 'secondpass.config.yaml'), { environment, secrets });
}

test('a service, with its key and its limits from variables, and scores that are kept', async () => {
  const { port } = server.address() as { port: number };
  const secrets = new Secrets();
  const config = await read(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the file's own variables
    '{ scoreCacheBytes: 65536, remote: { service: tei, url: "http://127.0.0.1:${PORT}", apiKey: "${KEY}", maxDocuments: "${MOST}", version: "1" } }',
    { PORT: String(port), KEY: 'hf-of-the-test', MOST: '2' },
    secrets,
  );
  const reranker = await openReranker(config);
  const request = { query: 'bread', passages: ['flour', 'salt', 'yeast and water'] };
  const scores = await reranker.score(request);
  expect(scores.map(({ rawScore }) => rawScore)).toEqual([5, 4, 15]);
  expect(await reranker.score(request)).toEqual(scores);
  await reranker.close();
  const authorization = 'Bearer hf-of-the-test';
  expect(seen).toEqual([
    { authorization, texts: 2 },
    { authorization, texts: 1 },
  ]);
  expect(secrets.redact('the key is hf-of-the-test')).not.toContain('hf-of-the-test');
});

describe('an unsound service names its key', () => {
  test.each<[string, RegExp]>([
    ['{ model: small, remote: { service: tei, url: "http://a" } }', /exactly one of model, remote/],
    ['{ scoreCacheBytes: 9 }', /reranker\.model is missing, and exactly one of model, remote/],
    [
      '{ workers: 2, remote: { service: tei, url: "http://a" } }',
      /reranker\.workers is 2, and nothing next to remote/,
    ],
    ['{ remote: { service: openai } }', /reranker\.remote\.service is "openai", and "cohere" or "jina"/],
    ['{ remote: { service: tei } }', /reranker\.remote: url is missing/],
    ['{ remote: { service: tei, url: "http://a", topK: 3 } }', /topK is not an option/],
    [
      '{ remote: { service: cohere, model: m, apiKeyVariable: SECONDPASS_NO_SUCH } }',
      /apiKeyVariable names SECONDPASS_NO_SUCH, which is not set/,
    ],
    ['{ scoreCacheBytes: 9, remote: { service: cohere, model: m } }', /has no fingerprint/],
  ])('%s', async (reranker, words) => {
    const error = await read(reranker)
      .then(openReranker)
      .then(
        (opened) => opened.close(),
        (reason: unknown) => reason,
      );
    if (!RetrievalError.is(error)) throw new Error(`expected a RetrievalError, got ${String(error)}`);
    expect(error.code).toBe('invalid-config');
    expect(error.message).toMatch(words);
  });

  test("a model's directory is looked for beside the file", async () => {
    const config = await read(
      '{ remote: { service: kserve, url: "http://a", model: m, directory: ./none } }',
    );
    await expect(openReranker(config)).rejects.toThrow(join(config.folder, 'none'));
  });
});
