/** The program of docs/deploy/node.md, as a process that is told to end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { freePort } from '../../../integration/services/free-port.ts';
import { documentedBlocks } from './documented-blocks.ts';

// Next to the packages that the program imports, so that they are found as in a project that installed them.
const folder = mkdtempSync(join(import.meta.dirname, 'node-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('it answers the request that is there when it is told to end, and ends', async () => {
  const program = documentedBlocks().find(
    ({ where, language }) => where.startsWith('docs/deploy/node.md') && language === 'ts',
  )!;
  const file = join(folder, 'program.ts');
  writeFileSync(file, program.text);
  const port = await freePort();
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    await once(child.stdout, 'data');
    const passages = Array.from({ length: 200 }, (_, index) =>
      `Passage ${index} on yeast and dough. `.repeat(8),
    );
    const ask = (body: unknown) =>
      fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify(body) });
    expect((await ask({ query: '', passages: 'none' })).status).toBe(500);
    const answer = ask({ query: 'why does bread rise', passages });
    // By a second request, as a time would be too short on a slow machine and too long on a fast one.
    await ask({ query: 'rise', passages: ['dough'] });
    child.kill('SIGTERM');
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveLength(passages.length);
    expect(await ended).toEqual([0, null]);
    await expect(ask({ query: 'rise', passages: ['dough'] })).rejects.toThrow();
  } finally {
    child.kill('SIGKILL');
  }
});
