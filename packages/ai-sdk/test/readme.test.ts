import { expect, test } from '@jest/globals';
import { runReadme } from '../../cli/test/run-readme.ts';

test("the README's program ranks by the bundled model", async () => {
  const lines = await runReadme('packages/ai-sdk/README.md', 'packages/ai-sdk');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^0\.\d{3} Yeast makes dough rise\.$/);
});
