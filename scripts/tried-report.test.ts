import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { documentedRows, misstated } from './tried-report.mjs';

const page = readFileSync(new URL('../docs/threats.md', import.meta.url), 'utf8');
const documented = documentedRows(page);
const sumOf = (kind: string) => documented.reduce((sum, row) => sum + (row.kind === kind ? row.count : 0), 0);

test('the page on threats tells of enough trials, on each engine', () => {
  expect(sumOf('bad inputs')).toBeGreaterThanOrEqual(1000);
  expect(sumOf('filters × tenants')).toBeGreaterThanOrEqual(10_000);
  const faults = documented.filter(({ kind }) => kind === 'faults');
  expect(faults.map(({ where }) => where).sort()).toEqual(
    ['Elasticsearch', 'PGlite', 'PostgreSQL', "Qdrant's protocol (double)"].sort(),
  );
  for (const { count } of faults) expect(count).toBeGreaterThanOrEqual(30);
});

test('a row that claims more than ran is found, and one that is not told', () => {
  const table = '| bad inputs | retrieval | 1,200 |\n| faults | PGlite | 40 |\n';
  const rows = [
    { kind: 'bad inputs', where: 'retrieval', count: 1199 },
    { kind: 'faults', where: 'PGlite', count: 41 },
    { kind: 'faults', where: 'elsewhere', count: 3 },
  ];
  expect(misstated(rows, documentedRows(table))).toEqual([
    'docs/threats.md tells of 1200 bad inputs (retrieval), and 1199 ran.',
    'docs/threats.md does not tell of 3 faults (elsewhere).',
  ]);
});
