import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chooseFiles } from '../src/choose-files.ts';
import { readHubSettings } from '../src/hub-settings.ts';
import { readLockFile } from '../src/lock-file.ts';
import { modelCache } from '../src/model-cache.ts';
import { parseModelName, tryParseModelName } from '../src/model-name.ts';
import { isSafePath } from '../src/safe-path.ts';

const made: string[] = [];
function temporaryFolder(): string {
  made.push(mkdtempSync(join(tmpdir(), 'secondpass-hub-')));
  return made.at(-1)!;
}
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** Texts made of what paths are made of, so that many of them are almost acceptable. */
const pathLike = fc
  .array(fc.constantFrom('a', 'b.c', '..', '.', '/', '\\', ':', '~', '-', '--', '@', 'C:', '%2e', '\u0000'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

describe('what a hub or a lock file names', () => {
  test('a path that is let through stays below its folder, on every system', () => {
    fc.assert(
      fc.property(pathLike, (path) => {
        if (!isSafePath(path)) return;
        expect(posix.resolve('/cache/model', path).startsWith('/cache/model/')).toBe(true);
        expect(win32.resolve('C:\\cache\\model', path).startsWith('C:\\cache\\model\\')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('a name that is let through has a folder and a ref of its own in the cache', () => {
    fc.assert(
      fc.property(pathLike, (written) => {
        const parsed = tryParseModelName(written);
        if (!parsed) return;
        const cache = modelCache('/cache', parsed.name);
        expect(posix.dirname(cache.folder)).toBe('/cache');
        expect(cache.folder.split('--').length).toBe(3);
        expect(cache.ref(parsed.revision ?? 'main').startsWith(`${cache.folder}/refs/`)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    'small',
    'a/b/c',
    './a',
    '../a/b',
    'a/..',
    '/a/b',
    'a--b/c',
    'a/b@',
    'a/b@../c',
    'a/b@x/../y',
    '',
  ])('is not a model: %j', (written) => {
    expect(() => parseModelName(written)).toThrow(/organization\/name/);
  });

  test('names and revisions', () => {
    expect(parseModelName('BAAI/bge-reranker-v2-m3')).toEqual({
      name: 'BAAI/bge-reranker-v2-m3',
      revision: undefined,
    });
    expect(parseModelName('a/b@refs/pr/1')).toEqual({ name: 'a/b', revision: 'refs/pr/1' });
  });

  test('a lock file that was edited into something else is refused', async () => {
    const file = join(temporaryFolder(), 'secondpass.lock.json');
    const entry = { revision: 'main', commit: 'a'.repeat(40), graphs: {}, files: {} };
    const digest = { sha256: 'a'.repeat(64), bytes: 1 };
    const bad: unknown[] = [
      '{',
      { version: 2, models: {} },
      { version: 1, models: { 'a/b': { ...entry, files: { '../x': digest } } } },
      { version: 1, models: { 'a/b': { ...entry, commit: '../../x' } } },
      { version: 1, models: { '../b': entry } },
    ];
    for (const content of bad) {
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      await expect(readLockFile(file)).rejects.toMatchObject({ code: 'invalid-config', origin: file });
    }
  });
});

describe('settings', () => {
  test('come from the variables of Hugging Face’s tools', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'token'), 'hf_stored\n');
    await expect(readHubSettings({ HF_HOME: home })).resolves.toMatchObject({
      endpoint: 'https://huggingface.co',
      token: 'hf_stored',
      cacheDirectory: join(home, 'hub'),
      offline: false,
    });
    const given = {
      HF_TOKEN: ' hf_given ',
      HF_HUB_CACHE: home,
      HF_HUB_OFFLINE: '1',
      HF_ENDPOINT: 'https://mirror.test/hf/',
    };
    await expect(readHubSettings({ HF_HOME: home, ...given })).resolves.toMatchObject({
      endpoint: 'https://mirror.test/hf',
      token: 'hf_given',
      cacheDirectory: home,
      offline: true,
    });
    const silent = await readHubSettings({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' });
    expect(silent).not.toHaveProperty('token');
  });

  test.each([
    [{ HF_ENDPOINT: 'ftp://x' }, /not an http or https URL/],
    [{ HF_ENDPOINT: 'https://me:secret@x' }, /a user, a password or a query/],
    [{ HF_TOKEN: 'hf secret' }, /has invalid characters/],
  ])('that cannot be are refused without being shown: %j', async (environment, message) => {
    const failure = await readHubSettings(environment).catch((error) => error);
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toMatch(/secret/);
  });
});

describe('which files are fetched', () => {
  const base = ['config.json', 'tokenizer.json', 'pytorch_model.bin', 'vocab.txt'];

  test.each([
    [['onnx/model.onnx', 'onnx/model_quantized.onnx'], undefined, { fp32: 'onnx/model.onnx' }],
    [['model.onnx'], undefined, { fp32: 'model.onnx' }],
    [['onnx/model_quantized.onnx'], undefined, { int8: 'onnx/model_quantized.onnx' }],
    [['onnx/model.onnx', 'onnx/model_int8.onnx'], 'int8' as const, { int8: 'onnx/model_int8.onnx' }],
  ])('%j, precision %s', (graphs, precision, expected) => {
    const chosen = chooseFiles('a/b', [...base, ...graphs], { precision });
    expect(chosen.graphs).toEqual(expected);
    expect([...chosen.paths].sort()).toEqual(
      ['config.json', 'tokenizer.json', ...Object.values(expected)].sort(),
    );
  });

  test('what is missing is named', () => {
    expect(() => chooseFiles('a/b', base, {})).toThrow(
      /pytorch_model\.bin.*CrossEncoder\("a\/b", backend="onnx"\)/,
    );
    expect(() => chooseFiles('a/b', [...base, 'onnx/model_fp16.onnx'], {})).toThrow(
      /onnx\/model_fp16\.onnx.*DIR/,
    );
    expect(() => chooseFiles('a/b', ['config.json', 'onnx/model.onnx'], {})).toThrow(/no tokenizer\.json/);
    expect(() => chooseFiles('a/b', [...base, 'onnx/model.onnx'], { include: ['x'] })).toThrow(/no x/);
  });
});
