import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { WrittenConfig } from '../src/init/config-text.ts';
import { literal } from '../src/init/literal.ts';
import { type LocalModels, programText } from '../src/init/program-text.ts';
import { typeComplaints } from './type-complaints.ts';

const variable = (name: string): string => `\${${name}}`;
const numbers = { depth: 100, topK: 10 };
const programs: readonly (readonly [WrittenConfig, LocalModels])[] = [
  [
    {
      source: {
        adapter: 'elastic',
        url: variable('ELASTIC_URL:-http://localhost:9200'),
        apiKey: variable('ELASTIC_API_KEY'),
        index: "it's",
        fields: { text: 'body.content', vector: 'embedding', payload: null },
        tenantField: 'org',
      },
      embedder: {
        remote: {
          dialect: 'openai',
          url: 'https://api.openai.com/v1',
          model: 'm',
          apiKey: variable('OPENAI_API_KEY'),
        },
      },
      reranker: { remote: { service: 'cohere', model: 'rerank-v4.0-pro', apiKey: variable('CO_API_KEY') } },
      ...numbers,
    },
    { rerankerKind: undefined, pinned: new Set() },
  ],
  [
    {
      source: { adapter: 'qdrant', url: variable('QDRANT_URL'), collection: 'articles', vectorName: 'dense' },
      embedder: { model: 'org/embedder' },
      reranker: { model: './colbert' },
      ...numbers,
    },
    { rerankerKind: 'late-interaction', pinned: new Set(['org/embedder']) },
  ],
  [
    {
      source: {
        adapter: 'pgvector',
        url: variable('DATABASE_URL'),
        table: 'a',
        columns: { payload: ['x', 'y'] },
      },
      embedder: { remote: { dialect: 'tei', url: 'http://localhost:8080' } },
      reranker: { remote: { service: 'tei', url: 'http://localhost:8081' } },
      ...numbers,
    },
    { rerankerKind: undefined, pinned: new Set() },
  ],
];

test('every program fits the packages that it imports', async () => {
  const project = mkdtempSync(join(import.meta.dirname, 'programs-'));
  try {
    for (const [index, [config, local]] of programs.entries()) {
      writeFileSync(join(project, `program-${index}.ts`), programText(config, local));
    }
    const complaints = await typeComplaints(project);
    expect(complaints).toBe('');
  } finally {
    rmSync(project, { recursive: true });
  }
}, 300_000);

test('a program names what it needs installed, and runs on every Node.js that the packages are for', () => {
  const [first, second, third] = programs.map(([config, local]) => programText(config, local));
  expect(first).toMatch(/^\/\/ npm install .*@secondpass\/reranker-remote @elastic\/elasticsearch\n/);
  expect(second).toMatch(/^\/\/ npm install .* @secondpass\/runtime-onnx @qdrant\/js-client-rest\n/);
  expect(third).toMatch(/^\/\/ npm install .*@secondpass\/reranker-remote pg\n/);
  for (const program of [first, second, third]) expect(program).not.toContain('await using');
});

test.each([
  [variable('NAME'), "process.env['NAME']!"],
  [variable('NAME:-it\'s "so"'), `process.env['NAME'] || 'it\\'s "so"'`],
  [`a ${variable('NAME')}`, `'a ${variable('NAME')}'`],
  ['back\\slash\n', "'back\\\\slash\\n'"],
  [null, 'null'],
  [['x', 1, true], "['x', 1, true]"],
  [{ 'a-b': { c: 1 } }, "{\n  'a-b': {\n    c: 1,\n  },\n}"],
])('%j as an expression', (value, expected) => {
  expect(literal(value)).toBe(expected);
});
