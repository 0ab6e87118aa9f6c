import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { elasticReader, elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import { type Embedder, indexDocuments, RetrievalError } from '@secondpass/core';
import { candidateSourceContract, type OpenOptions } from '@secondpass/core/testing';
import { describeEngine } from '../engines.ts';
import { randomDocuments } from '../pgvector/random-documents.ts';
import { startElasticCluster } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

// Three nodes, and each index in six shards with a replica: as teams run it whose tables outgrew one machine.
const engine = await startElasticCluster('9', 3);
const settings = { number_of_shards: 6, number_of_replicas: 1 };
const documents = randomDocuments(600, 8);
const embedder: Embedder = {
  name: 'by heart',
  dimensions: 8,
  embed: async ({ texts }) =>
    texts.map((text) => documents.find((document) => document.text === text)!.vector),
};
const questions = documents.slice(0, 20).map(({ vector }) => ({ text: 'any', vector }));
const depth = 10;
/** What a request may fail with until the cluster has noticed that a node is gone: all of them can be sent again. */
const codesWithoutANode = ['source-unreachable', 'source-failed', 'overloaded', 'deadline-exceeded'];

describeEngine('elastic-cluster', engine, ({ nodes, version, stop }) => {
  const client = new Client({ nodes: nodes.map(({ url }) => url) });
  let indices: TestIndices;

  beforeAll(() => {
    indices = openTestIndices({ url: nodes[0]!.url, version });
  });

  afterAll(async () => {
    await indices.drop();
    await client.close();
    await stop();
  });

  const open = (index: string) => ({
    source: elasticSource({ client, index, search: 'exact' }),
    writer: elasticWriter({ client, index, settings }),
  });
  const green = async () =>
    expect(await client.cluster.health({ wait_for_status: 'green', timeout: '120s' })).toMatchObject({
      timed_out: false,
    });

  test('a node that dies and comes back costs no row and no order', async () => {
    const index = indices.next();
    const { source, writer } = open(index);
    const plain = documents.map(({ id, text, payload }) => ({ id, text, payload: payload! }));
    await indexDocuments({ documents: plain, embedder, writer, batchSize: 100 });
    await green();
    const idsOf = async (query: (typeof questions)[number]) =>
      (await source.search({ query, depth })).map(({ id }) => id).join(' ');
    const expected = await Promise.all(questions.map(idsOf));

    const tally = { right: 0, wrong: 0, codes: new Map<string, number>() };
    let isOver = false;
    const call = async (caller: number): Promise<void> => {
      for (let turn = caller; !isOver; turn += 1) {
        const question = turn % questions.length;
        try {
          if ((await idsOf(questions[question]!)) === expected[question]) tally.right += 1;
          else tally.wrong += 1;
        } catch (error) {
          const code = RetrievalError.is(error) ? error.code : `untyped: ${error}`;
          tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
        }
      }
    };
    const callers = Promise.all([0, 5, 10, 15].map(call));
    await pause(1_000);
    await nodes[1]!.power!.off();
    await pause(5_000);
    const whileDown = tally.right;
    await nodes[1]!.power!.on();
    await green();
    const errorsBefore = new Map(tally.codes);
    await pause(3_000);
    isOver = true;
    await callers;

    expect(tally.wrong).toBe(0);
    expect(whileDown).toBeGreaterThan(0);
    for (const code of tally.codes.keys()) expect(codesWithoutANode).toContain(code);
    // Once all shards have their replicas again, nothing fails any more; nothing of ours was started again.
    expect(tally.codes).toEqual(errorsBefore);
  }, 300_000);

  test('an index that is filled while a node dies is whole in the end', async () => {
    const index = indices.next();
    const { source, writer } = open(index);
    const plain = documents.map(({ id, text, payload }) => ({ id, text, payload: payload! }));
    let dying: Promise<void> | undefined;
    const onProgress = ({ done }: { done: number }) => {
      if (done >= 200) dying ??= nodes[2]!.power!.off();
    };
    const request = { documents: plain, embedder, writer, batchSize: 50 };
    await indexDocuments({ ...request, onProgress }).catch(({ code }) => {
      expect(codesWithoutANode).toContain(code);
    });
    await dying;
    await nodes[2]!.power!.on();
    await green();
    expect((await indexDocuments(request)).done).toBe(600);
    expect(await source.search({ query: questions[0]!, depth: 600 })).toHaveLength(600);
  }, 300_000);

  // Each rule makes indices of twelve shards.
  const contract =
    process.env['ELASTIC_CLUSTER_CONTRACT'] === '1'
      ? {}
      : { notRun: 'it takes minutes; set ELASTIC_CLUSTER_CONTRACT=1.' };
  describeEngine('elastic-cluster-contract', contract, () =>
    candidateSourceContract(test, {
      open: async ({ tenantField }: OpenOptions = {}) => {
        const options = { client, index: indices.next(), ...(tenantField !== undefined && { tenantField }) };
        return {
          source: elasticSource({ ...options, search: 'exact' }),
          writer: elasticWriter({ ...options, settings }),
          reader: elasticReader(options),
        };
      },
      askClient: () => client.indices.getMapping(),
      unreachable: async () =>
        elasticSource({
          client: new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 }),
          index: 'nowhere',
        }),
      reader: {},
      fetch: true,
    }),
  );
});
