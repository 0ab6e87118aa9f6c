/** The program of docs/quickstart-elasticsearch.md, and its configuration, on an index that secondpass did not fill. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadBiEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { describeEngine } from '../engines.ts';
import { exampleTimeoutMs, runExampleProgram, runSecondpass } from '../example-programs.ts';
import { startElastic } from '../services/elastic.ts';
import { freePort } from '../services/free-port.ts';
import { type ServedModels, serveModels } from '../services/served-models.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

// The example imports the client of version 9, which an older server does not answer.
const engine = await startElastic(['9']);
const program = 'hybrid-elasticsearch/run.ts';
const key = 'sk-of-the-tests';

describeEngine('elastic', engine, ({ url, version, stop }) => {
  let indices: TestIndices;
  let served: ServedModels;
  beforeAll(async () => {
    indices = openTestIndices({ url, version });
    served = await serveModels(key);
  }, exampleTimeoutMs);
  afterAll(async () => {
    await served.stop();
    await indices.drop();
    await stop();
  });

  const environment = () => ({ ELASTICSEARCH_URL: url, INDEX: indices.next(), COHERE_API_KEY: '' });
  /** As Cohere is asked: Cohere itself is not in reach, and `secondpass serve` answers its clients. */
  const cohere = () => ({
    COHERE_URL: `${served.url}/v2`,
    COHERE_API_KEY: key,
    COHERE_MODEL: 'small',
  });
  const askedOfServer = () => served.log.filter((line) => line.includes('/v2/rerank')).length;

  test(
    'is searched by vectors and by words, reranked by /v2/rerank, and deleted again',
    async () => {
      const own = environment();
      const before = askedOfServer();
      const { stdout, stderr } = await runExampleProgram(program, { ...own, ...cohere() });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^1 0\.\d{3} 101 Yeast eats sugar .*author: 'Ines'/);
      expect(stdout).not.toContain('small answered');
      expect(askedOfServer()).toBe(before + 1);
      expect(await indices.client.indices.exists({ index: own.INDEX })).toBe(false);
    },
    exampleTimeoutMs,
  );

  test(
    'where the service is down or no key is given, the local model gives the same order',
    async () => {
      const down = { ...cohere(), COHERE_URL: `http://127.0.0.1:${await freePort()}/v2` };
      const question = 'what is E1042';
      const withoutService = await runExampleProgram(program, { ...environment(), ...down }, question);
      expect(withoutService.stdout).toMatch(/^1 0\.9\d\d 108 /);
      expect(withoutService.stdout).toContain('cohere:small: reranker-unreachable; small answered.');
      const before = askedOfServer();
      const withoutKey = await runExampleProgram(program, environment(), question);
      expect(withoutKey.stdout).toMatch(/^1 0\.9\d\d 108 /);
      expect(withoutKey.stdout).not.toContain('cohere');
      expect(askedOfServer()).toBe(before);
    },
    exampleTimeoutMs,
  );

  test(
    "the page's configuration searches such an index, and index refuses it before it embeds",
    async () => {
      const index = indices.next();
      await indices.client.indices.create({
        index,
        mappings: {
          properties: {
            content: { properties: { body: { type: 'text' } } },
            embedding: { type: 'dense_vector', dims: 384, similarity: 'cosine' },
          },
        },
      });
      const texts = ['Yeast makes dough rise.', 'The harbor froze in 1929.'];
      const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
      const vectors = await embedder.embed({ texts, kind: 'passage' });
      await embedder.close();
      const operations = texts.flatMap((body, id) => [
        { index: { _id: `${id}` } },
        { content: { body }, embedding: [...vectors[id]!], year: 2024 },
      ]);
      await indices.client.bulk({ index, operations, refresh: true });

      const page = await readFile(new URL('../../docs/quickstart-elasticsearch.md', import.meta.url), 'utf8');
      const [, yaml] = /```yaml\n(.*?)```/s.exec(page)!;
      const config = join(tmpdir(), `${index}.yaml`);
      const corpus = join(tmpdir(), `${index}.jsonl`);
      // Cohere itself is not to be asked: the chain's other member stays.
      const local = yaml!.replace(/^ *- reranker: \{ remote.*\n.*\n/m, '');
      expect(local).not.toContain('cohere');
      await writeFile(config, local.replace('index: articles', `index: ${index}`));
      await writeFile(corpus, '{"id": "1", "text": "Salt slows yeast down."}\n');
      const reached = { ELASTICSEARCH_URL: new URL(url).origin };
      try {
        const asked = ['--query', 'what makes dough get bigger', '--json'];
        const { stdout } = await runSecondpass(reached, 'search', '--config', config, ...asked);
        const { hits } = JSON.parse(stdout);
        expect(hits[0].candidate).toMatchObject({ id: '0', text: texts[0], payload: { year: 2024 } });

        const indexing = runSecondpass(reached, 'index', '--config', config, '--corpus', corpus);
        const refused = await indexing.catch((error: { readonly stderr: string }) => error);
        expect(refused.stderr).toContain(`The index ${index} was not created by secondpass`);
        expect(refused.stderr).not.toContain('Embedding');
        const { count } = await indices.client.count({ index });
        expect(count).toBe(2);
      } finally {
        await Promise.all([rm(config), rm(corpus)]);
      }
    },
    exampleTimeoutMs,
  );
});
