import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

test.each([
  ['docs/quickstart-postgres.md', 'own-postgres-table/search.ts'],
  ['docs/quickstart-elasticsearch.md', 'hybrid-elasticsearch/search.ts'],
  ['docs/quickstart-qdrant.md', 'qdrant-named-vectors/search.ts'],
  ['docs/deploy/nextjs.md', 'next-route/next.config.mjs'],
  ['docs/deploy/nextjs.md', 'next-route/app/rerank/route.js'],
])('the program in %s is examples/%s, which a test runs', (page, program) => {
  const fence = program.endsWith('.ts') ? 'ts' : 'js';
  expect(textOf(page)).toContain(`\`\`\`${fence}\n${textOf(`examples/${program}`)}\`\`\`\n`);
});

test('examples/README.md has a row for each folder', () => {
  const folders = globSync('examples/*/', { cwd: root }).map((folder) => folder.replace('examples/', ''));
  const readme = textOf('examples/README.md');
  const without = folders.filter(
    (folder) => folder !== 'node_modules' && !readme.includes(`\n| [${folder}](${folder}`),
  );
  expect(without).toEqual([]);
  expect(folders.length).toBeGreaterThan(5);
});
