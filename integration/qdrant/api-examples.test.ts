import { expect, test } from '@jest/globals';
import { runEngineExamples } from '../api-examples/run-engine-examples.ts';
import { describeQdrant } from './engines.ts';

describeQdrant(({ url, collections }) => {
  test("the examples of the adapter's docstrings run, and come to what they say", async () => {
    const environment = { QDRANT_URL: url };
    const { count, complaints } = await runEngineExamples('adapter-qdrant', environment, collections.next);
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThan(4);
  }, 600_000);
});
