import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { indexDocuments } from '@secondpass/core';
import { embedder, numberedDocuments } from './numbered-documents.ts';

const fill = join(import.meta.dirname, 'fill.ts');
const query = { text: '7', vector: Float32Array.of(Math.cos(0.007), Math.sin(0.007)) };
let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'secondpass-'));
  directory = join(parent, 'deep', 'er', 'database');
});

afterEach(() => rm(parent, { recursive: true, force: true }));

test('what was indexed is there when the directory is opened again', async () => {
  const documents = numberedDocuments.slice(0, 300);
  const first = await pgvectorFromConfig({ directory, table: 'documents' });
  await indexDocuments({ documents, embedder, writer: first.writer });
  await first.close();
  const second = await pgvectorFromConfig({ directory, table: 'documents' });
  const candidates = await second.source.search({ query, depth: 3 });
  expect(candidates[0]).toMatchObject({ id: 'document 7', payload: { number: 7 } });
  const again = await indexDocuments({ documents, embedder, writer: second.writer });
  expect(again).toEqual({ done: 300, written: 0, unchanged: 300 });
  await second.close();
});

test('an indexing process that is killed leaves no half behind, and is resumed', async () => {
  const child = spawn(process.execPath, [fill, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    if (Number(output.trim().split('\n').at(-1)) >= 200) break;
  }
  child.kill('SIGKILL');
  await exited;

  const opened = await pgvectorFromConfig({ directory, table: 'documents' });
  await expect(opened.source.search({ query, depth: 1 })).rejects.toMatchObject({
    code: 'source-incomplete',
  });
  const stored = await opened.writer.count();
  expect(stored).toBeGreaterThanOrEqual(200);
  expect(stored % 20).toBe(0);
  const resumed = await indexDocuments({ documents: numberedDocuments, embedder, writer: opened.writer });
  expect(resumed).toEqual({ done: 2000, written: 2000 - stored, unchanged: stored });
  expect(await opened.source.search({ query, depth: 2000 })).toHaveLength(2000);
  await opened.close();
});

test('a directory that is open is not opened a second time', async () => {
  const opened = await pgvectorFromConfig({ directory, table: 'documents' });
  await expect(pgvectorFromConfig({ directory, table: 'documents' })).rejects.toMatchObject({
    code: 'source-failed',
  });
  const child = spawn(process.execPath, [fill, directory], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  for await (const chunk of child.stderr) complaint += chunk;
  expect(complaint).toContain('is open already, in this process or another one');
  await opened.close();
  await (await pgvectorFromConfig({ directory, table: 'documents' })).close();
});

test('a directory that holds something else says so', async () => {
  await writeFile(join(parent, 'file'), 'not a database');
  const opening = pgvectorFromConfig({ directory: join(parent, 'file'), table: 'documents' });
  await expect(opening).rejects.toMatchObject({
    code: 'source-failed',
    nextStep: expect.stringContaining('index again'),
  });
});
