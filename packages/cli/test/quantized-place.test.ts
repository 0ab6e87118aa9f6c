import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { qdrantWriter } from '@secondpass/adapter-qdrant';
import { parse, stringify } from 'yaml';
import { doubleOfQdrant } from '../../adapter-qdrant/test/qdrant-double.ts';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const document = { id: 'a', text: 'Yeast.', vector: new Float32Array(384).fill(1), digest: 'd' };

/** The double knows no list and no pages. */
const qdrant = await doubleOfQdrant({
  before(method, path) {
    if (path === '/') return [200, { version: '1.19.0' }];
    if (method === 'GET' && path === '/collections') return [200, { collections: [{ name: 'double' }] }];
    return path.endsWith('/points/scroll') ? [200, { points: [] }] : undefined;
  },
});
afterAll(() => qdrant.server.close());

test('init writes the word for a quantized collection, and doctor says when another word stands there', async () => {
  const writer = qdrantWriter({ client: qdrant.client, collection: 'double', quantize: 'binary' });
  await writer.prepare({ dimensions: 384 });
  await writer.write([document]);
  await writer.finish();
  const folder = temporaryFolder();
  const asked = ['--yes', '--database', 'qdrant', '--url', qdrant.server.url, '--collection', 'double'];
  const init = await runCommand(['init', ...asked, '--reranker', 'nano'], { folder });
  expect({ code: init.code, stderr: init.stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('Nothing is wrong.'),
  });
  const file = join(folder, 'secondpass.config.yaml');
  const config = parse(readFileSync(file, 'utf8'));
  expect(config.source).toMatchObject({ collection: 'double', quantize: 'binary' });

  writeFileSync(file, stringify({ ...config, source: { ...config.source, quantize: 'int8' } }));
  const doctor = await runCommand(['doctor', '--config', file], { folder });
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toContain('quantize is "int8", and double was created with "binary".');
  expect(doctor.stdout).toContain('secondpass migrate');
}, 180_000);

test('doctor says that a table of vectors is not one of bits', async () => {
  const source = { directory: 'postgres', table: 'notes' };
  const block = { source: { adapter: 'pgvector', ...source, quantize: 'binary' } };
  const folder = temporaryFolder({ 'c.yaml': stringify(block) });
  const opened = await pgvectorFromConfig({ ...source, directory: join(folder, 'postgres') });
  await opened.writer.prepare({ dimensions: 384 });
  await opened.writer.write([document]);
  await opened.writer.finish();
  await opened.close();
  const doctor = await runCommand(['doctor', '--config', 'c.yaml'], { folder });
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toContain('quantize is "binary", and notes was created with none.');
}, 180_000);
