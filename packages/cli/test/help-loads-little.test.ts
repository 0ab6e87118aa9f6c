import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { defaultMeasures } from '@secondpass/evaluation';
import { databaseNames } from '../src/init/databases/database.ts';
import { databases } from '../src/init/databases.ts';
import { runCommand } from './run-command.ts';

/** Prints every module that the process loads, on standard error. */
const listModules = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, next) {
      process.stderr.write(url + '\\n');
      return next(url, context);
    },
  });`)}`;

function modulesOf(...words: readonly string[]): readonly string[] {
  const main = fileURLToPath(new URL('../bin/secondpass.js', import.meta.url));
  const { stderr } = spawnSync(process.execPath, ['--import', listModules, main, ...words], {
    encoding: 'utf8',
  });
  return stderr.split('\n').filter((url) => url.startsWith('file:'));
}

test.each([[['--help']], [['search', '--help']], [['--version']], [['search', '--no-such-flag']]])(
  '%j loads neither core nor zod',
  (words) => {
    const modules = modulesOf(...words);
    expect(modules.filter((url) => /packages\/core\/|\/zod\//.test(url))).toEqual([]);
    expect(modules.length).toBeGreaterThan(15);
    expect(modules.length).toBeLessThan(40);
  },
);

test('what help names without loading it is what there is', async () => {
  expect((await runCommand(['eval', '--help'])).stdout.replace(/\s+/g, '')).toContain(
    `default:${defaultMeasures.join(',')}`,
  );
  expect(databases.map(({ name }) => name)).toEqual(databaseNames);
});
