import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';

const here = dirname(fileURLToPath(import.meta.url));
const readme = readFileSync(join(here, '../README.md'), 'utf8');
// Next to the packages that it imports, so that they are found as in a project that installed them.
const directory = mkdtempSync(join(here, 'readme-'));
afterAll(() => rmSync(directory, { recursive: true }));

test("the README's library example prints a ranking", async () => {
  const [, example] = /```ts\n(.*?)```/s.exec(readme)!;
  writeFileSync(join(directory, 'example.mjs'), example!);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.mjs'], { cwd: directory });
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^1 [01]\.\d{3} Yeast makes dough rise\.$/);
  expect(lines[1]).toMatch(/^2 [01]\.\d{3} /);
});
