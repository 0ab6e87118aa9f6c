/** What a team installs that reranks behind HTTP: no native code, a few megabytes, and a clear word where a model is opened. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeEngine } from '../engines.ts';
import { type EmptyProject, installedProject, packageRegistry } from './empty-project.ts';
import { type PackedPackages, packPackages } from './packed-packages.ts';

const packages = [
  '@secondpass/core',
  '@secondpass/adapter-pgvector',
  '@secondpass/reranker-remote',
  '@secondpass/embedder-remote',
];

const small = fileURLToPath(new URL('../../packages/models/models/small', import.meta.url));

/** Uses what a program uses, so that its types are checked as its author's editor checks them. */
const program = `
import { pgvectorSource } from '@secondpass/adapter-pgvector';
import { type CandidateSource, TwoStageRetriever } from '@secondpass/core';
import { teiEmbedder } from '@secondpass/embedder-remote';
import { remoteReranker } from '@secondpass/reranker-remote';
import pg from 'pg';

interface Article { readonly year: number }
const client = new pg.Pool({ connectionString: 'postgres://localhost/none' });
const source: CandidateSource<Article> = pgvectorSource<Article>({ client, table: 'nowhere' });
await using reranker = await remoteReranker({ service: 'cohere', model: 'rerank-v3.5', apiKey: 'none' });
const embedder = await teiEmbedder({ url: 'http://localhost:8080' });
const retriever = new TwoStageRetriever({ source, embedder, reranker });
export const yearOf = async (query: string): Promise<number | undefined> =>
  (await retriever.retrieve(query)).hits[0]?.candidate.payload?.year;
`;

describeEngine('package-registry', await packageRegistry(), () => {
  let packed: PackedPackages;
  let project: EmptyProject;
  beforeAll(async () => {
    packed = await packPackages();
    const others = { pg: '^8.11.0', typescript: '^5.9.0', '@types/pg': '^8.11.0', '@types/node': '^24.0.0' };
    project = await installedProject({ packed, packages, others });
  }, 300_000);
  afterAll(async () => {
    await project?.remove();
    await packed?.remove();
  });

  test('no native code is installed, one copy of core, and under 20 MB besides the client and the compiler', async () => {
    const modules = join(project.folder, 'node_modules');
    const all = await readdir(modules, { recursive: true, withFileTypes: true });
    const files = all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.filter((file) => /\.(node|so|dylib|dll|wasm)$/.test(file))).toEqual([]);
    expect(files.filter((file) => file.endsWith('@secondpass/core/package.json'))).toHaveLength(1);
    const ours = files.filter(
      (file) =>
        !/node_modules\/(typescript|@types|undici-types|pg|pg-[^/]*|pgpass|postgres-[^/]*)\//.test(file),
    );
    const sizes = await Promise.all(ours.map(async (file) => (await stat(file)).size));
    const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
    process.stderr.write(`Remote-only: ${megabytes.toFixed(1)} MB besides pg.\n`);
    expect(megabytes).toBeLessThan(20);
  });

  test('is imported in less time than the TypeScript compiler, which is one file of 9 MB', async () => {
    // Seconds of a core, and compared: a time limit would depend on the machine.
    const importing = (names: readonly string[]) => `const before = process.cpuUsage();
      await Promise.all([${names.map((name) => `import('${name}')`).join(', ')}]);
      const { user, system } = process.cpuUsage(before);
      console.log((user + system) / 1000);\n`;
    await project.write('import.mjs', importing(packages));
    await project.write('import-typescript.mjs', importing(['typescript']));
    let ours = Number.POSITIVE_INFINITY;
    let typescript = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round += 1) {
      ours = Math.min(ours, Number((await project.run('node import.mjs')).stdout));
      typescript = Math.min(typescript, Number((await project.run('node import-typescript.mjs')).stdout));
    }
    process.stderr.write(
      `Remote-only: imported in ${ours.toFixed(0)} ms of a core, TypeScript in ${typescript.toFixed(0)} (least of 5).\n`,
    );
    expect(ours).toBeLessThan(typescript);
  }, 300_000);

  test('a local model is told by the line that installs its runtime', async () => {
    await project.write(
      'local.mjs',
      `import { loadCrossEncoder } from '@secondpass/core';\nawait loadCrossEncoder(${JSON.stringify(small)});\n`,
    );
    const failure = await project.run('node local.mjs').catch((error: { stderr: string }) => error);
    expect(failure.stderr).toMatch(
      /npm install @secondpass\/runtime-onnx;.*npm install @secondpass\/runtime-wasm/,
    );
  });

  test.each(['nodenext', 'bundler'])(
    'its types hold in strict TypeScript with moduleResolution %s',
    async (resolution) => {
      await project.write('program.ts', program);
      const options =
        resolution === 'nodenext' ? '--module nodenext' : '--module esnext --moduleResolution bundler';
      const strict =
        '--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --target es2024 --lib es2024,esnext.disposable';
      await expect(project.run(`npx tsc --noEmit ${options} ${strict} program.ts`)).resolves.toMatchObject({
        stdout: '',
      });
    },
  );
});
