import { afterAll, expect, test } from '@jest/globals';
import { runEngineExamples } from '../api-examples/run-engine-examples.ts';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices } from './test-indices.ts';

describeEngine('elastic', await startElastic(['9']), ({ url, version, stop }) => {
  const indices = openTestIndices({ url, version });
  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  test("the examples of the adapter's docstrings run, and come to what they say", async () => {
    const environment = { ELASTICSEARCH_URL: url };
    const { count, complaints } = await runEngineExamples('adapter-elastic', environment, indices.next);
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThan(4);
  }, 600_000);
});
