import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { documents, loadModels, ownOrder, query, type Started, sha256, startServer } from './start-server.ts';

let models: Awaited<ReturnType<typeof loadModels>>;
let started: Started;
beforeAll(async () => {
  models = await loadModels();
  started = await startServer({
    rerankers: { nano: models.nano, small: models.small },
    embedders: { 'bi-encoder': models.embedder },
    keys: [{ name: 'clients', sha256: sha256('sk-clients') }],
  });
});
afterAll(async () => {
  await started.server.drain();
  await models.close();
});

/** In a process of its own: in the test runner's they load for seconds. */
async function ask(client: string) {
  const script = fileURLToPath(new URL('./official-clients.ts', import.meta.url));
  const request = { client, url: started.url, apiKey: 'sk-clients', query, documents, model: 'small' };
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(request)]);
  return JSON.parse(stdout);
}

const best = async () =>
  (await ownOrder(models.small)).slice(0, 2).map(({ index, score }) => ({ index, relevanceScore: score }));

test.each(['cohere', 'voyage'])('%s reads the scores of the library', async (client) => {
  expect(await ask(client)).toEqual(await best());
});

test("Cohere's client of version 1 reads them, and its documents", async () => {
  const expected = (await best()).map((one) => ({ ...one, document: { text: documents[one.index] } }));
  expect(await ask('cohere, version 1')).toEqual(expected);
});

test("OpenAI's reads vectors to the last digit", async () => {
  const vectors = await models.embedder.embed({ texts: documents, kind: 'passage' });
  expect(await ask('openai')).toEqual(vectors.map((vector) => [...vector]));
});

test('they show what a refusal says', async () => {
  expect(await ask('cohere, with a wrong key')).toEqual({
    name: 'UnauthorizedError',
    message: expect.stringContaining('Send a known key'),
  });
  expect(await ask('openai, with too many texts')).toEqual({
    name: 'APIError',
    message: expect.stringContaining('There are 1001 documents'),
  });
});
