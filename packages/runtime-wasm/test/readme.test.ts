import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { runReadme } from '../../cli/test/run-readme.ts';

const tinyBert = fileURLToPath(new URL('../../core/test/models/goldens/tiny-bert', import.meta.url));

test("the README's program scores by a model in a directory", async () => {
  const lines = await runReadme('packages/runtime-wasm/README.md', 'packages/runtime-wasm', [tinyBert]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^0\.\d{3} Salt slows yeast down\.$/);
});
