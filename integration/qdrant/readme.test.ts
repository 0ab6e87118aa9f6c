import { expect, test } from '@jest/globals';
import { readmeExamples, runExample } from '../readme-examples.ts';
import { describeQdrant } from './engines.ts';

const { examples, names } = readmeExamples('packages/adapter-qdrant/README.md');

describeQdrant(({ url, collections }) => {
  for (const name of names) collections.adopt(name);

  test('there are three examples, of three collections', () => {
    expect(examples).toHaveLength(3);
    expect(names).toHaveLength(3);
  });

  test.each(examples)('%s', async (_, code) => {
    const { stdout } = await runExample(code, { QDRANT_URL: url });
    expect(stdout).toContain('rank: 1');
    expect(stdout).toMatch(/Tides follow the moon|Spring tide tonight/);
    expect(stdout).not.toContain('Yeast');
  });
});
