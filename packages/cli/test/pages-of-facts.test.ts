/** Pages that repeat what stands elsewhere: each is compared with it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { documentedBlocks, root } from './documented-blocks.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const sources = (pattern: string) => globSync(pattern, { cwd: root }).map(read).join('\n');

test('docs/failure-modes.md has every code of an error, and no other', () => {
  const union = /type RetrievalErrorCode =([\s\S]*?);/.exec(
    read('packages/core/src/foundation/retrieval-error.ts'),
  )![1]!;
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(20);
  const table = read('docs/failure-modes.md').split('## Codes')[1]!.split('## Symptoms')[0]!;
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) =>
    [...row.split('|')[1]!.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code),
  );
  expect(listed.toSorted()).toEqual(codes.toSorted());
});

const instruments = new Set(
  [...sources('packages/*/src/**/*instruments.ts').matchAll(/'(secondpass\.[a-z_.]+)'/g)].map(
    ([, name]) => name!,
  ),
);

test('docs/telemetry.md has every metric of the library', () => {
  expect(instruments.size).toBeGreaterThan(6);
  const listed = [...read('docs/telemetry.md').matchAll(/^\| `(secondpass\.[a-z_.]+)`/gm)].map(
    ([, name]) => name,
  );
  expect(listed.toSorted()).toEqual([...instruments].toSorted());
});

test('the times of docs/choose-a-model.md are those that were measured', () => {
  const page = read('docs/choose-a-model.md');
  const cell = (name: string, column: number) =>
    Number(
      new RegExp(`^\\| ${name} \\|(.*)$`, 'm')
        .exec(page)![1]!
        .split('|')
        [column]!.replaceAll(/[^\d.]/g, ''),
    );
  const bundled = JSON.parse(read('bench/results/2026-11-23-bundled-models.json')) as {
    readonly milliseconds: readonly { readonly name: string; readonly median: number }[];
  };
  for (const { name, median } of bundled.milliseconds)
    expect(cell(`\`${name}\``, 0)).toBe(Math.round(median));
  const shapes = { 'TinyBERT-L2': 'L2', 'MiniLM-L6': 'L6', 'MiniLM-L12': 'L12' };
  const { rows } = JSON.parse(read('bench/results/cross-encoder.json')) as {
    readonly rows: readonly {
      readonly shape: string;
      readonly workload: string;
      readonly precision: string;
      readonly contender: string;
      readonly minMs: number;
    }[];
  };
  for (const [name, shape] of Object.entries(shapes)) {
    for (const [column, precision] of ['int8', 'fp32'].entries()) {
      const row = rows.find(
        (one) =>
          one.contender === 'ours' &&
          one.shape === shape &&
          one.workload === 'W1' &&
          one.precision === precision,
      )!;
      expect(cell(name, column)).toBe(Math.round(row.minMs));
    }
  }
});

test('the Python of docs/clients.md is what integration/serve runs', () => {
  const programs = sources('integration/services/clients/*.py');
  const blocks = documentedBlocks().filter(
    ({ where, language }) => where.startsWith('docs/clients.md:') && language === 'python',
  );
  expect(blocks.length).toBeGreaterThan(4);
  const words = blocks.flatMap(({ text }) => [
    ...text.split('\n').filter((line) => /^(from|import) /.test(line)),
    ...[...text.matchAll(/\b[a-z_]+(?==(?!=))/g)].map(([name]) => `${name}=`),
    ...[...text.matchAll(/\.[a-z_]+\(/g)].map(([call]) => call),
  ]);
  expect(words.filter((word) => !programs.includes(word))).toEqual([]);
});
