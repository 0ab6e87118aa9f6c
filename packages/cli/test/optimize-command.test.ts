import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tinyBert = fileURLToPath(new URL('../../core/test/goldens/tiny-bert', import.meta.url));

test('says what was done, and finds it again', async () => {
  const environment = { SECONDPASS_CACHE: temporaryFolder() };
  const first = await runCommand(['optimize', tinyBert], { environment });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/first token only +\d/);
  expect(first.stdout).toMatch(/outcome +optimised/);
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
