/** Local models where ONNX Runtime's native build is not installed, in each JavaScript runtime. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeEngine } from '../engines.ts';
import { type EmptyProject, installedProject, packageRegistry } from './empty-project.ts';
import { type PackedPackages, packPackages } from './packed-packages.ts';

const program = `
import { loadBiEncoder, loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';

const passages = ['Salt slows yeast down.', 'Yeast makes dough rise.', 'The harbour froze in 1929.'];
const query = 'why does bread get bigger in the oven';
const reranker = await loadCrossEncoder(modelDirectory('nano'), { precision: 'fp32' });
const scores = await reranker.score({ query, passages });
const embedder = await loadBiEncoder(modelDirectory('bi-encoder'), { workers: 1 });
const [vector] = await embedder.embed({ texts: [query], kind: 'query' });
await Promise.all([reranker.close(), embedder.close()]);
console.log(JSON.stringify({ scores: scores.map(({ rawScore }) => rawScore), dimensions: vector.length }));
`;

/** Raw scores by the native runtime. */
const nativeScores = [-6.07114, -3.47861, -8.19996];

const runtimes = {
  'Node.js': 'node',
  'Bun 1': 'npx --yes bun@1',
  'Deno 2': 'npx --yes deno@2 run --allow-all --node-modules-dir=manual',
};

describeEngine('package-registry', await packageRegistry(), () => {
  let packed: PackedPackages;
  let project: EmptyProject;
  beforeAll(async () => {
    packed = await packPackages();
    const packages = ['@secondpass/core', '@secondpass/runtime-wasm', '@secondpass/models'];
    project = await installedProject({ packed, packages });
    await project.write('program.mjs', program);
  }, 300_000);
  afterAll(async () => {
    await project?.remove();
    await packed?.remove();
  });

  test('the native runtime is not installed, and less than the size of it', async () => {
    const modules = join(project.folder, 'node_modules');
    const all = await readdir(modules, { recursive: true, withFileTypes: true });
    const files = all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.filter((file) => file.includes('onnxruntime-node'))).toEqual([]);
    const ours = files.filter((file) => !file.includes('@secondpass/models/'));
    const sizes = await Promise.all(ours.map(async (file) => (await stat(file)).size));
    const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
    process.stderr.write(`WebAssembly runtime: ${megabytes.toFixed(0)} MB without the models.\n`);
    expect(megabytes).toBeLessThan(260);
  });

  test.each(Object.entries(runtimes))(
    '%s computes the scores of a bundled model, and ends by itself',
    async (_, command) => {
      const { stdout, stderr } = await project.run(`${command} program.mjs`);
      const { scores, dimensions } = JSON.parse(stdout);
      expect(dimensions).toBe(384);
      expect(scores).toHaveLength(3);
      // Those of the native runtime.
      for (const [index, score] of nativeScores.entries()) expect(scores[index]).toBeCloseTo(score, 3);
      expect(stderr).not.toMatch(/error|warning/i);
    },
    300_000,
  );

  test('a model that asks for the native runtime is told by the line that installs it', async () => {
    await project.write('native.mjs', program.replace("precision: 'fp32'", "runtime: 'onnx'"));
    const failure = await project.run('node native.mjs').catch((error: { stderr: string }) => error);
    expect(failure.stderr).toMatch(/npm install @secondpass\/runtime-onnx/);
  });
});
