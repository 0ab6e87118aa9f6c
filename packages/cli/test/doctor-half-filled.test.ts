import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { qdrantFromConfig } from '@secondpass/adapter-qdrant';
import { doubleOfQdrant } from '../../adapter-qdrant/test/qdrant-double.ts';
import { searchRefusal } from '../src/adapters/search-refusal.ts';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const document = { id: 'a', text: 'Paris.', vector: Float32Array.of(1, 0), digest: 'd' };
const { signal } = new AbortController();

test('doctor says that a half-filled table is not searched, and is content once it is whole', async () => {
  const source = { directory: 'postgres', table: 'notes', tenantField: 'owner' };
  const folder = temporaryFolder({
    'c.yaml': `source: ${JSON.stringify({ adapter: 'pgvector', ...source })}\n`,
  });
  const open = () => pgvectorFromConfig({ ...source, directory: join(folder, 'postgres') });
  const half = await open();
  await half.writer.prepare({ dimensions: 2 });
  await half.writer.write([{ ...document, payload: { owner: 'acme' } }]);
  await half.close();

  const told = await runCommand(['doctor', '--config', 'c.yaml'], { folder });
  expect(told.code).toBe(1);
  expect(told.stdout).toMatch(/pgvector \(.*c\.yaml\) +wrong · embedded PostgreSQL .* · 1 document\n/);
  expect(told.stdout).toMatch(/One thing is wrong:\n +pgvector:notes: .*not finished/);
  expect(told.stdout).not.toContain('Nothing is wrong');

  const whole = await open();
  await whole.writer.finish();
  await whole.close();
  const { code, stdout } = await runCommand(['doctor', '--config', 'c.yaml', '--json'], { folder });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    engines: [{ reachable: true }, { reachable: true, documents: 1, searchable: true }],
    problems: [],
  });
});

test('a half-filled collection of Qdrant, and one that strict mode keeps from being searched so', async () => {
  let strictMode = {};
  const { server } = await doubleOfQdrant({ strictMode: () => strictMode });
  try {
    const config = { url: server.url, collection: 'double', exact: true };
    const opened = await qdrantFromConfig(config);
    await opened.writer.prepare({ dimensions: 2 });
    await opened.writer.write([document]);
    expect(await searchRefusal(opened, {}, signal)).toMatchObject({ code: 'source-incomplete' });
    await opened.writer.finish();
    expect(await searchRefusal(opened, {}, signal)).toBeUndefined();
    strictMode = { enabled: true, search_allow_exact: false };
    expect(await searchRefusal(opened, {}, signal)).toMatchObject({
      nextStep: expect.stringContaining('search_allow_exact'),
    });
  } finally {
    await server.close();
  }
});
