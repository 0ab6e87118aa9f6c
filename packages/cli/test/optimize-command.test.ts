import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tinyBert = fileURLToPath(new URL('../../core/test/models/goldens/tiny-bert', import.meta.url));

test('says what was done, and finds it again', async () => {
  const environment = { SECONDPASS_CACHE: temporaryFolder() };
  const first = await runCommand(['optimize', tinyBert], { environment });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/first token only +\d/);
  expect(first.stdout).toMatch(/outcome +optimized/);
  const again = await runCommand(['optimize', tinyBert, '--json'], { environment });
  expect(JSON.parse(again.stdout)).toMatchObject({ cached: true, report: { outcome: 'optimized' } });
});

test('writes a model directory', async () => {
  const folder = temporaryFolder();
  const out = join(folder, 'fast');
  const environment = { SECONDPASS_CACHE: join(folder, 'cache') };
  expect(await runCommand(['optimize', tinyBert, '--out', out], { environment })).toMatchObject({ code: 0 });
  for (const file of ['config.json', 'tokenizer.json', 'onnx/model.onnx']) {
    expect(existsSync(join(out, file))).toBe(true);
  }
  const again = await runCommand(['optimize', tinyBert, '--out', out], { environment });
  expect(again.code).not.toBe(0);
  expect(again.stderr).toContain('not an empty folder');
});

test('names a path that is not there', async () => {
  const outcome = await runCommand(['optimize', './no-such-model']);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain('./no-such-model');
});

describe('int8', () => {
  const word = (index: number) => ['harbour', 'bridge', 'lighthouse', 'winter'][index % 4]!;
  const pairs = Array.from({ length: 20 }, (_, index) =>
    JSON.stringify({
      query: `${word(index)} depth`,
      passage: `${word(index + 1)} ${'layer '.repeat(index)}`,
    }),
  );

  test('calibrates a copy, and runs it', async () => {
    const folder = temporaryFolder({ 'pairs.jsonl': pairs.join('\n') });
    const environment = { SECONDPASS_CACHE: join(folder, 'cache') };
    const flags = ['optimize', tinyBert, '--precision', 'int8', '--texts', 'pairs.jsonl', '--out', 'copy'];
    const first = await runCommand(flags, { folder, environment });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/int8 +12/);
    expect(existsSync(join(folder, 'copy/onnx/activation_ranges.json'))).toBe(true);
    expect(existsSync(join(folder, 'copy/onnx/model.onnx'))).toBe(true);
    // The copy is calibrated now, and a directory of its own in int8 can be made of it.
    const second = ['optimize', 'copy', '--precision', 'int8', '--out', 'alone'];
    expect(await runCommand(second, { folder, environment })).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(folder, 'alone/onnx'))).toEqual(['model_quantized.onnx']);
  });

  test.each([
    ['a line that is not JSON', [...pairs, '{"query"'], ':21'],
    ['a pair without a passage', [...pairs, '{"query":"a"}'], '"passage" is missing'],
    ['texts among pairs', [...pairs, '{"text":"a"}'], ':21'],
    ['too few', pairs.slice(0, 3), '3 texts are given'],
  ])('refuses %s', async (_, lines, problem) => {
    const folder = temporaryFolder({ 'pairs.jsonl': lines.join('\n') });
    const flags = ['optimize', tinyBert, '--precision', 'int8', '--texts', 'pairs.jsonl', '--out', 'copy'];
    const outcome = await runCommand(flags, { folder });
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(problem);
  });

  test('refuses texts for fp32, a folder of others, and no ranges', async () => {
    const folder = temporaryFolder({ 'pairs.jsonl': pairs.join('\n') });
    for (const [flags, problem] of [
      [['./m', '--texts', 'pairs.jsonl'], '--precision int8'],
      [['small', '--precision', 'int8', '--texts', 'pairs.jsonl'], '--out'],
      [[tinyBert, '--precision', 'int8'], 'activation_ranges.json is missing'],
    ] as const) {
      const outcome = await runCommand(['optimize', ...flags], { folder });
      expect(outcome.code).toBeGreaterThan(0);
      expect(outcome.stderr).toContain(problem);
    }
  });
});
