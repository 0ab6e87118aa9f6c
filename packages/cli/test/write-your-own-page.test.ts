import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { documentedBlocks } from './documented-blocks.ts';
import { typeComplaints } from './type-complaints.ts';

const blocks = documentedBlocks().filter(({ where }) => where.startsWith('docs/write-your-own.md:'));
// Next to the packages that the page's files import, so that they are found as in a project that installed them.
const folder = mkdtempSync(join(import.meta.dirname, 'docs-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const { language, text } of blocks) {
  const name = /^\/\/ ([\w-]+(?:\.test)?\.ts)\n/.exec(text)?.[1];
  if (language === 'ts') writeFileSync(join(folder, name!), text);
}
const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--no-warnings', ...args], {
    cwd: folder,
    // The tests of the page are a run of their own, and not a part of this one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });

test("the page's source and reranker keep their contracts", async () => {
  const { stdout } = await run('--test', '--test-reporter=tap', 'contract.test.ts');
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)![1])).toBeGreaterThan(25);
});

test("the page's program prints what the page says", async () => {
  const { stdout } = await run('search.ts');
  expect(blocks.at(-1)!.text).toBe(stdout);
});

test('its files fit the packages', async () => {
  expect(await typeComplaints(folder)).toBe('');
});
