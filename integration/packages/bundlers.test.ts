/** The settings of docs/deploy/bundlers.md, each with the bundler itself, and the error where they are missing. */
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeEngine } from '../engines.ts';
import { freePort } from '../services/free-port.ts';
import { type EmptyProject, installedProject, packageRegistry } from './empty-project.ts';
import { type PackedPackages, packPackages } from './packed-packages.ts';

const program = `
import { loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';

await using reranker = await loadCrossEncoder(modelDirectory('small'));
const scores = await reranker.score({ query: 'why does bread rise', passages: ['Salt slows yeast down.', 'Yeast makes dough rise.'] });
console.log(scores[1].score > scores[0].score ? 'reranked' : 'wrong order');
`;

const page = await readFile(new URL('../../docs/deploy/bundlers.md', import.meta.url), 'utf8');

/** The block of the page that begins with this comment. */
function settingsOf(file: string): string {
  const block = page.split('```js\n').find((text) => text.startsWith(`// ${file}\n`));
  if (!block) throw new Error(`docs/deploy/bundlers.md has no ${file}.`);
  return block.split('```', 1)[0]!;
}

describeEngine('package-registry', await packageRegistry(), () => {
  let packed: PackedPackages;
  let project: EmptyProject;
  beforeAll(async () => {
    packed = await packPackages();
    const packages = ['@secondpass/core', '@secondpass/models', '@secondpass/runtime-onnx'];
    const others = {
      esbuild: '^0.28.0',
      rollup: '^4.60.0',
      '@rollup/plugin-node-resolve': '^16.0.0',
      webpack: '^5.110.0',
      'webpack-cli': '^7.0.0',
      next: '^16.0.0',
      react: '^19.0.0',
      'react-dom': '^19.0.0',
    };
    project = await installedProject({ packed, packages, others });
    await project.write('program.mjs', program);
  }, 300_000);
  afterAll(async () => {
    await project?.remove();
    await packed?.remove();
  });

  test('esbuild', async () => {
    const [, line] = /^npx (esbuild .*)$/m.exec(page)!;
    await project.run(`npx ${line}`);
    expect((await project.run('node bundle/program.mjs')).stdout).toBe('reranked\n');
  });

  test('rollup', async () => {
    await project.write('rollup.config.mjs', settingsOf('rollup.config.mjs'));
    await project.run('npx rollup --config --silent');
    expect((await project.run('node bundle/rollup.mjs')).stdout).toBe('reranked\n');
  });

  test('webpack', async () => {
    await project.write('webpack.config.mjs', settingsOf('webpack.config.mjs'));
    await project.run('npx webpack');
    expect((await project.run('node bundle/webpack.mjs')).stdout).toBe('reranked\n');
  }, 300_000);

  test('a bundle that took the code of the models and left their files says what to keep out', async () => {
    await project.run(
      'npx esbuild program.mjs --bundle --platform=node --format=esm --external:@secondpass/runtime-onnx --outfile=bundle/without.mjs',
    );
    const failure = await project.run('node bundle/without.mjs').catch((error: { stderr: string }) => error);
    expect(failure.stderr).toMatch(/keep @secondpass\/models out of the bundle/);
  });

  test('Next.js, as a standalone server without the folder that it was built in', async () => {
    // Its files are those of the page: scripts/examples.test.ts compares them.
    await cp(new URL('../../examples/next-route/', import.meta.url), project.folder, { recursive: true });
    await project.run('npx next build', { NEXT_TELEMETRY_DISABLED: '1' });
    const server = await mkdtemp(join(tmpdir(), 'secondpass-standalone-'));
    await cp(join(project.folder, '.next/standalone'), server, { recursive: true, verbatimSymlinks: true });
    const modules = join(project.folder, 'node_modules');
    await rename(modules, `${modules}-away`);
    try {
      const port = await freePort();
      const script = `process.chdir(${JSON.stringify(server)});
        process.env.PORT = '${port}'; process.env.HOSTNAME = '127.0.0.1';
        import(${JSON.stringify(join(server, 'server.js'))});
        for (let tries = 0; ; tries += 1) {
          const answer = await fetch('http://127.0.0.1:${port}/rerank?query=why+does+bread+rise').catch(() => undefined);
          if (answer) { console.log('answer', await answer.text()); process.exit(); }
          if (tries > 300) process.exit(1);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }`;
      await project.write('serve.mjs', script);
      expect((await project.run('node serve.mjs')).stdout).toMatch(
        /^answer \{"best":"Yeast makes dough rise\."\}$/m,
      );
    } finally {
      await rename(`${modules}-away`, modules);
      await rm(server, { recursive: true, force: true });
    }
  }, 300_000);
});
