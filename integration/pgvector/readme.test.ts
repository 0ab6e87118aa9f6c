import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';

const engine = await startPgvector();
const readme = readFileSync(join(import.meta.dirname, '../../packages/adapter-pgvector/README.md'), 'utf8');
const examples = [...readme.matchAll(/```ts\n\/\/ (.*)\n([\s\S]*?)```/g)].map(
  ([, title, code]) => [title!, code!] as const,
);

describeEngine('pgvector', engine, ({ url, stop }) => {
  afterAll(stop);

  test('there are six examples', () => expect(examples).toHaveLength(6));

  test.each(examples)('%s', async (_, code) => {
    // Beside this file, so that the packages are found as a reader's own code finds them.
    const file = join(import.meta.dirname, `readme-example-${process.pid}.ts`);
    await writeFile(file, code);
    try {
      const environment = { ...process.env, DATABASE_URL: url };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { env: environment });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/1 a 0\.994|rank: 1/);
    } finally {
      await rm(file);
    }
  });
});
