/** The README's install line and example, by each package manager, in a folder outside the workspace. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';
import { describeEngine } from '../engines.ts';
import { installedProject, packageManagers, packageRegistry } from './empty-project.ts';
import { packPackages } from './packed-packages.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, example] = /```ts\n(.*?)```/s.exec(readme)!;
const words = [...readme.matchAll(/^npm install (.*?)(?: *#.*)?$/gm)].flatMap(([, names]) =>
  names!.split(' '),
);

/** The oldest Node.js that the packages name, the one that runs the tests, and Bun. */
const runtimes = {
  npm: 'npx --yes --package node@22.18.0 node',
  pnpm: 'node',
  yarn: 'node',
  bun: 'npx --yes bun@1',
};

describeEngine('package-registry', await packageRegistry(), () => {
  const packed = packPackages();
  afterAll(async () => (await packed).remove());

  test('the README names packages of this project, and versions of PGlite that are for each other', () => {
    expect(words).toEqual(
      expect.arrayContaining(['@secondpass/core', 'pg', expect.stringMatching(/^@electric-sql/)]),
    );
  });

  test.each(packageManagers)(
    "%s installs it, and the README's example runs",
    async (manager) => {
      const packages = words.filter((word) => word.startsWith('@secondpass/'));
      const others = words.filter((word) => !packages.includes(word)).map((word) => word.split(/(?<=.)@/));
      const project = await installedProject({
        packed: await packed,
        packages,
        others: Object.fromEntries(others.map(([name, version]) => [name!, version ?? '*'])),
        manager,
      });
      try {
        await project.write('example.mjs', example!);
        const { stdout } = await project.run(`${runtimes[manager]} example.mjs`);
        expect(stdout).toMatch(/^1 [01]\.\d{3} Yeast makes dough rise\.\n2 [01]\.\d{3} .*\n$/);
      } finally {
        await project.remove();
      }
    },
    300_000,
  );
});
