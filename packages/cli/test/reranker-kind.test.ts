import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { inspectModel } from '../src/local-models/inspect-model.ts';
import { readRerankerKind } from '../src/local-models/reranker-kind.ts';

const scratch = mkdtempSync(join(tmpdir(), 'reranker-kind-'));
afterAll(() => rmSync(scratch, { recursive: true }));

test.each([
  ['../../late-interaction/test/tiny-colbert', 'late-interaction'],
  ['../../late-interaction/test/poly-encoder/tiny-poly-encoder', 'poly-encoder'],
  ['../../core/test/models/families/tiny-modernbert-modules', 'cross-encoder'],
  ['../../core/test/models/families/tiny-qwen3', 'cross-encoder'],
  ['../../core/test/models/goldens/tiny-sentence-bert', 'cross-encoder'],
])('%s is told by its files to be a %s', async (directory, kind) => {
  expect(await readRerankerKind(fileURLToPath(new URL(directory, import.meta.url)))).toBe(kind);
});

test("PyLate's and Stanford's layouts are told apart from a cross-encoder's", async () => {
  const folder = (name: string, files: Record<string, unknown>) => {
    mkdirSync(join(scratch, name));
    for (const [file, value] of Object.entries(files)) {
      writeFileSync(join(scratch, name, file), JSON.stringify(value));
    }
    return readRerankerKind(join(scratch, name));
  };
  const modules = ['sentence_transformers.models.Transformer', 'pylate.models.Dense.Dense'];
  const listed = modules.map((type, index) => ({ type, path: index === 0 ? '' : '1_Dense' }));
  expect(await folder('pylate', { 'modules.json': listed })).toBe('late-interaction');
  expect(await folder('stanford', { 'config.json': { architectures: ['HF_ColBERT'] } })).toBe(
    'late-interaction',
  );
  expect(await folder('empty', {})).toBe('cross-encoder');
});

test('a report finds nothing wrong with a poly-encoder, and says what it is', async () => {
  const directory = fileURLToPath(
    new URL('../../late-interaction/test/poly-encoder/tiny-poly-encoder', import.meta.url),
  );
  const { kind, problems, files } = await inspectModel(directory);
  expect({ kind, problems }).toEqual({ kind: 'poly-encoder', problems: [] });
  expect(files.map(({ path }) => path)).toContain('onnx/query.onnx');
});
