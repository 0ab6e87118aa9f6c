import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { describeQdrant } from './engines.ts';

const readme = readFileSync(join(import.meta.dirname, '../../packages/adapter-qdrant/README.md'), 'utf8');
const examples = [...readme.matchAll(/```ts\n\/\/ (.*)\n([\s\S]*?)```/g)].map(
  ([, title, code]) => [title!, code!] as const,
);

describeQdrant(({ url, collections: { client } }) => {
  afterAll(async () => {
    for (const collection of ['articles', 'news', 'notes'])
      await client.deleteCollection(collection).catch(() => {});
  });

  test('there are three examples', () => expect(examples).toHaveLength(3));

  test.each(examples)('%s', async (_, code) => {
    // Beside this file, so that the packages are found as a reader's own code finds them.
    const file = join(import.meta.dirname, `readme-example-${process.pid}.ts`);
    await writeFile(file, code);
    try {
      const environment = { ...process.env, QDRANT_URL: url };
      const { stdout } = await promisify(execFile)(process.execPath, [file], { env: environment });
      expect(stdout).toContain('rank: 1');
      expect(stdout).toMatch(/Tides follow the moon|Spring tide tonight/);
      expect(stdout).not.toContain('Yeast');
    } finally {
      await rm(file);
    }
  });
});
