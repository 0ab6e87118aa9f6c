import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { pglitePackages } from '../src/index.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the line that installs PGlite has the versions that the tests run, also in the README', () => {
  const { devDependencies } = JSON.parse(read('../package.json'));
  const tested = ['@electric-sql/pglite', '@electric-sql/pglite-pgvector'].map(
    (name) => `${name}@${devDependencies[name]}`,
  );
  expect(pglitePackages).toEqual(tested);
  for (const page of ['../README.md', '../../../README.md', '../../../docs/install.md']) {
    expect(read(page)).toContain(`npm install ${tested.join(' ')}`);
  }
});
