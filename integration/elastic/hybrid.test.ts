import { afterAll, expect, test } from '@jest/globals';
import { elasticFromConfig } from '@secondpass/adapter-elastic';
import { corpus } from '@secondpass/core/testing';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices } from './test-indices.ts';

const engine = await startElastic(['9', '8']);

describeEngine('elastic', engine, ({ url, version, stop }) => {
  const indices = openTestIndices({ url, version });
  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  // elasticFromConfig imports the client that is installed under its own name, which is that of version 9.
  const onNine = version.startsWith('9.') ? test : test.skip;
  onNine('match: hybrid fuses what words and vectors find, and says who found it', async () => {
    const documents = corpus.map((document) => ({ ...document, digest: 'any' }));
    const { index } = await indices.filled(documents);
    const { source, close } = await elasticFromConfig({ url: new URL(url).origin, index, match: 'hybrid' });
    expect(source).toMatchObject({ name: `elastic:${index}`, input: 'hybrid' });
    const tide = documents.find(({ id }) => id === 'sea-tide')!;
    const query = { text: 'moon tides', vector: tide.vector };
    const candidates = await source.search({ query, depth: 5 });
    expect(candidates[0]!.id).toBe('sea-tide');
    expect(candidates[0]!.score).toBeCloseTo(2 / 61, 6);
    expect(candidates[0]!.foundBy!.map(({ source: found }) => found)).toEqual([
      `elastic:${index}:vector`,
      `elastic:${index}:text`,
    ]);
    await close();
  });
});
