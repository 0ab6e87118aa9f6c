import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { inspectModelDirectory } from '../../src/models/model-directory/inspect-model-directory.ts';
import {
  checkPinnedFile,
  openModelDirectory,
  readModelJson,
} from '../../src/models/model-directory/model-directory.ts';
import { isInsideModel, openModelFile, sha256Of } from '../../src/models/model-directory/model-file.ts';
import { modelConfigSchema } from '../../src/models/model-directory/model-limits.ts';

const parent = mkdtempSync(join(tmpdir(), 'secondpass-model-'));
let folder: string;

afterAll(() => rmSync(parent, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(parent, 'model-'));
  for (const file of ['config.json', 'tokenizer.json', 'onnx/model.onnx']) put(file, '{}');
});

function put(file: string, content: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
}

/** Puts something in a file's place that is no file. */
const intruders: readonly [string, (path: string) => void][] = [
  ['a pipe', (path) => expect(spawnSync('mkfifo', [path]).status).toBe(0)],
  ['a link to a device without an end', (path) => symlinkSync('/dev/zero', path)],
  [
    'a link to a pipe',
    (path) => {
      expect(spawnSync('mkfifo', [`${path}.pipe`]).status).toBe(0);
      symlinkSync(`${path}.pipe`, path);
    },
  ],
];

test.each([
  '../x',
  '../../../dev/zero',
  'onnx/../../x',
  '/../x',
  '..',
  '',
  '/',
  '.',
  'onnx/..',
  'a\0b',
  '..\\x',
  'C:\\x',
])('a path that leads out of the directory is none of the model: %j', (file) =>
  expect(isInsideModel(file)).toBe(false),
);

test.each([
  'config.json',
  '/config.json',
  '1_Pooling/config.json',
  './config.json',
  'onnx/../config.json',
  '..a',
])('a path that stays inside is one: %s', (file) => expect(isInsideModel(file)).toBe(true));

describe.each(intruders)('%s in the place of a file', (_, put) => {
  test.each(['secondpass.json', 'config.json', 'tokenizer.json', 'onnx/model.onnx', 'onnx/model.onnx_data'])(
    'neither opens the model nor keeps it waiting: %s',
    async (file) => {
      rmSync(join(folder, file), { force: true });
      put(join(folder, file));
      await expect(openModelDirectory(folder)).rejects.toMatchObject({
        code: expect.stringMatching(/^model-(?:damaged|not-found)$/),
      });
      const { problems } = await inspectModelDirectory(folder);
      expect(problems.join()).toContain(file.split('/').at(-1));
    },
  );

  test('is not read, not hashed, and named', async () => {
    put(join(folder, 'modules.json'));
    const refused = { code: 'model-damaged', problem: 'modules.json is not a regular file.' };
    await expect(readModelJson(folder, 'modules.json', modelConfigSchema)).rejects.toMatchObject(refused);
    await expect(sha256Of(join(folder, 'modules.json'))).rejects.toMatchObject(refused);
  });
});

test('a manifest that pins a file outside of its directory is refused, and nothing outside is looked at', async () => {
  const files = { '../../../../../../dev/zero': { sha256: '0'.repeat(64), bytes: 0 } };
  put('secondpass.json', JSON.stringify({ files }));
  const problem = expect.stringContaining('a file outside of the directory');
  await expect(openModelDirectory(folder)).rejects.toMatchObject({ code: 'model-damaged', problem });
  const { files: seen, problems } = await inspectModelDirectory(folder);
  expect(problems).toEqual([problem]);
  expect(seen.map(({ path }) => path)).toEqual(['config.json', 'tokenizer.json', 'onnx/model.onnx']);
});

test('a module that names a folder outside of the directory is refused', async () => {
  const outside = {
    code: 'model-damaged',
    problem: expect.stringContaining('is outside its directory'),
  };
  await expect(readModelJson(folder, '../config.json', modelConfigSchema)).rejects.toMatchObject(outside);
  const model = { path: folder, name: 'm', manifest: {} };
  await expect(checkPinnedFile(model, '../../model.safetensors')).rejects.toMatchObject(outside);
});

test('a link to a regular file is followed, as in the cache of Hugging Face', async () => {
  rmSync(join(folder, 'config.json'));
  writeFileSync(`${folder}.blob`, '{}');
  symlinkSync(`${folder}.blob`, join(folder, 'config.json'));
  expect((await openModelDirectory(folder)).path).toBe(folder);
});

test('a file that is larger than any of a model is not read', async () => {
  put('hole.json', '');
  truncateSync(join(folder, 'hole.json'), 2 ** 28 + 1);
  await expect(readModelJson(folder, 'hole.json', modelConfigSchema)).rejects.toMatchObject({
    code: 'model-damaged',
    problem: 'hole.json has 268,435,457 bytes, and 268,435,456 are the most.',
  });
  await expect(openModelFile(join(folder, 'gone'))).rejects.toMatchObject({ code: 'ENOENT' });
});
