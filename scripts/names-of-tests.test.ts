import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { runExample } from '../integration/readme-examples.ts';
import { findTakenNames } from './find-taken-names.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const files = globSync(['integration/**/*.ts', 'bench/**/*.ts'], { cwd: root }).filter(
  (file) => !file.includes('node_modules') && !/(^|\/)pglite/.test(file),
);

test('no test or bench names a table, collection or index of a server but by a name that it made up', () => {
  expect(files.length).toBeGreaterThan(80);
  const found = files.flatMap((file) =>
    findTakenNames(readFileSync(join(root, file), 'utf8')).map((line) => `${file}: ${line}`),
  );
  expect(found).toEqual([]);
});

test('what reaches a server drops only through the helpers that know which names were made up', () => {
  const helpers = [
    'integration/qdrant/test-collections.ts',
    'integration/elastic/test-indices.ts',
    'bench/engines/elastic.ts',
    'bench/scale/elastic-server.ts',
    'bench/engines/qdrant.ts',
  ];
  const dropping = files.filter((file) =>
    /deleteCollection\(|indices\s*\.delete\(|method: 'DELETE'/.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(dropping.sort()).toEqual(helpers.sort());
});

test.each([
  "await client.deleteCollection('articles');",
  "await pool.query('DROP TABLE notes');",
  "await fill({ collection_name: 'news' });",
])('an example of a README is not run as it is: %s', async (code) => {
  await expect(runExample(code, {})).rejects.toThrow("may touch what is a user's");
});

test.each([
  ["await client.deleteCollection('articles');", 'articles'],
  ["for (const collection of ['articles', 'news']) await client.deleteCollection(collection);", 'articles'],
  ["await client.indices.delete({ index: 'news' });", 'news'],
  ["await pool.query('DROP TABLE IF EXISTS victim');", 'victim'],
  ['await pool.query(`TRUNCATE notes`);', 'notes'],
  ["const writer = pgvectorWriter({ client, table: 'articles' });", 'articles'],
  ["const table = 'articles';", 'articles'],
])('the rule catches %s', (code, name) => {
  expect(findTakenNames(code)).toEqual([expect.stringContaining(name)]);
});

test.each([
  "const source = pgvectorSource({ client: nobody, table: 'nowhere' });",
  ['await pool.query(`DROP TABLE IF EXISTS $', '{table}`);'].join(''),
  'await client.indices.delete({ index });',
  "await pgvectorFromConfig({ directory, table: 'documents' });",
  'await pgvectorFromConfig({ memory: true, table });',
  "test('a table is dropped', () => {});",
])('the rule lets pass: %s', (code) => {
  expect(findTakenNames(code)).toEqual([]);
});
