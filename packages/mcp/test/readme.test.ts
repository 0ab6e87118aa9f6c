import { expect, test } from '@jest/globals';
import { runCommand } from '../../cli/test/run-command.ts';
import { runReadme } from '../../cli/test/run-readme.ts';
import { temporaryFolder } from '../../cli/test/temporary-folder.ts';

test("the README's program finds a passage by the server", async () => {
  const folder = temporaryFolder({
    'secondpass.config.yaml': 'source: { adapter: pgvector, directory: data, table: notes }\n',
    'notes.jsonl':
      '{"id":"rise","text":"Yeast makes dough rise."}\n{"id":"salt","text":"Salt slows yeast down."}\n',
  });
  const flags = ['index', '--config', 'secondpass.config.yaml', '--corpus', 'notes.jsonl'];
  expect(await runCommand(flags, { folder })).toMatchObject({ code: 0 });
  const [line] = await runReadme('packages/mcp/README.md', 'packages/mcp', [
    `${folder}/secondpass.config.yaml`,
  ]);
  expect(JSON.parse(line!)).toMatchObject({ results: [{ id: 'rise', text: 'Yeast makes dough rise.' }] });
});
