import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DocumentReader, StoredDocument } from '@secondpass/core';
import { runCommand } from '../packages/cli/test/run-command.ts';
import {
  type ConfiguredEngine,
  removeFolder,
  startEngines,
  withSource,
  writeConfig,
} from './configured-engines.ts';
import { describeEngine } from './engines.ts';
import { randomDocuments } from './pgvector/random-documents.ts';

/** Of length 1, because Qdrant stores them so where the metric is the cosine. */
const documents = randomDocuments(1200, 32).map((document, index) => ({
  ...document,
  id: index % 3 === 0 ? `${document.id} › ü🌙"'` : document.id,
  vector: unit(document.vector),
  ...(index % 5 === 0 && { payload: { nested: { list: [1, 'two', null, true] }, big: 2 ** 53 - 1 } }),
}));

const engines = await startEngines();
const embedded = engines['pglite'] as ConfiguredEngine;

beforeAll(
  () =>
    withSource(embedded.source('original'), async ({ writer }) => {
      await writer.prepare({ dimensions: 32 });
      await writer.write(documents);
      await writer.finish();
    }),
  120_000,
);
afterAll(async () => {
  await Promise.all(Object.values(engines).map((engine) => ('notRun' in engine ? undefined : engine.stop())));
  await removeFolder();
});

async function migrate(from: object, to: object, ...flags: string[]) {
  const configs = ['--from', await writeConfig(from), '--to', await writeConfig(to)];
  const { code, stdout, stderr } = await runCommand(['migrate', ...configs, '--json', ...flags]);
  return { code, stderr, answer: stdout === '' ? undefined : JSON.parse(stdout) };
}

for (const [name, found] of Object.entries(engines)) {
  describeEngine(name, found, (engine) => {
    test('everything arrives as it was, and a second time nothing is written', async () => {
      const there = await migrate(embedded.source('original'), engine.source('copy'));
      expect(there).toMatchObject({ code: 0, answer: { written: 1200, unchanged: 0, documents: 1200 } });
      const again = await migrate(embedded.source('original'), engine.source('copy'));
      expect(again).toMatchObject({ code: 0, answer: { written: 0, unchanged: 1200, documents: 1200 } });
      await withSource(engine.source('copy'), async ({ reader }) => {
        expect(await reader.dimensions()).toBe(32);
        expectAll(await readAll(reader));
      });
      const back = embedded.source(`back-from-${engine.version.replaceAll(/\W/g, '')}`);
      expect(await migrate(engine.source('copy'), back)).toMatchObject({ answer: { written: 1200 } });
      await withSource(back, async ({ reader }) => expectAll(await readAll(reader)));
    }, 300_000);

    test('an interrupted copy is gone on with', async () => {
      const [from, to] = [embedded.source('original'), engine.source('interrupted')];
      const configs = ['--from', await writeConfig(from), '--to', await writeConfig(to)];
      const flags = ['migrate', ...configs, '--json', '--batch-size', '40'];
      const stopped = await runCommand(flags, { interruptAt: 'Copying 1,200 documents' });
      expect(stopped).toMatchObject({ code: 130, stdout: '' });
      const { code, answer } = await migrate(from, to);
      expect({ code, documents: answer.documents }).toEqual({ code: 0, documents: 1200 });
      expect(answer.unchanged).toBeGreaterThanOrEqual(40);
      expect(answer.written).toBeGreaterThan(0);
      expect(answer.written + answer.unchanged).toBe(1200);
    }, 300_000);

    test('a source that is not there is an error, and the target is not created', async () => {
      const { code, stderr } = await migrate(engine.source('absent'), embedded.source('never'));
      expect(code).toBe(1);
      expect(JSON.parse(stderr.trim().split('\n').at(-1)!).error.code).toBe('source-not-found');
    });
  });
}

test('a source is not copied onto itself', async () => {
  const { code, stderr } = await migrate(embedded.source('original'), embedded.source('original'));
  expect(code).toBe(2);
  expect(stderr).toContain('name the same source');
});

async function readAll(reader: DocumentReader): Promise<StoredDocument[]> {
  const all: StoredDocument[] = [];
  for await (const batch of reader.read({ batchSize: 333 })) all.push(...batch);
  return all;
}

function expectAll(read: readonly StoredDocument[]): void {
  const byId = new Map(read.map((document) => [document.id, document]));
  expect(read).toHaveLength(documents.length);
  for (const { vector, ...document } of documents) {
    const { vector: arrived, ...rest } = byId.get(document.id)!;
    expect(rest).toEqual(document);
    const furthest = vector.reduce(
      (most, value, axis) => Math.max(most, Math.abs(value - arrived[axis]!)),
      0,
    );
    expect(furthest).toBeLessThan(1e-6);
  }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
