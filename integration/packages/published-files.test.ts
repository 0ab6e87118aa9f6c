/** What each package would publish: its files, its manifest, its types. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { checkPackage, createPackageFromTarballData, type Package } from '@arethetypeswrong/core';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packPackages } from './packed-packages.ts';
import { publishDryRun } from './publish-dry-run.ts';

const packed = await packPackages();
afterAll(() => packed.remove());

type Ranges = Readonly<Record<string, string>>;

interface Manifest {
  readonly [field: string]: unknown;
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
}

test('every package of the workspace is packed', () => {
  expect(packed.tarballs.size).toBeGreaterThanOrEqual(23);
});

test('npm would publish each of them, and finds nothing to correct', async () => {
  const { published, warnings } = await publishDryRun(packed);
  expect(published).toEqual([...packed.tarballs.keys()].sort());
  expect(warnings).toEqual([]);
}, 300_000);

describe.each([...packed.tarballs])('%s', (name, tarball) => {
  let data: Uint8Array;
  let files: Package;
  let manifest: Manifest;
  const read = (path: string) => files.readFile(`/node_modules/${name}/${path}`);
  beforeAll(async () => {
    data = await readFile(tarball);
    files = createPackageFromTarballData(data);
    manifest = JSON.parse(read('package.json'));
  });

  test('has a README with its install line, a license, and addresses', () => {
    expect(read('README.md')).toMatch(new RegExp(`^(npm install|npx) (.* )?${name}( |$)`, 'm'));
    expect(read('LICENSE')).toMatch(/Apache License/);
    const directory = `packages/${name === 'secondpass' ? 'cli' : name.replace('@secondpass/', '')}`;
    const home = 'https://github.com/secondpass/secondpass';
    expect(manifest).toMatchObject({
      description: expect.stringMatching(/.{20,}/),
      keywords: expect.arrayContaining(['reranking', 'reranker', 'vector-search']),
      homepage: `${home}/tree/main/${directory}#readme`,
      bugs: `${home}/issues`,
      license: 'Apache-2.0',
      repository: { type: 'git', url: `git+${home}.git`, directory },
      type: 'module',
      engines: { node: '>=22.18' },
    });
    expect(manifest).not.toHaveProperty('private');
  });

  test('has everything that its manifest lists as a file', () => {
    const all = files.listFiles().map((path) => path.replace(`/node_modules/${name}/`, ''));
    const missing = manifest.files.filter(
      (listed) => !all.some((path) => path === listed || path.startsWith(`${listed}/`)),
    );
    expect(missing).toEqual([]);
  });

  test('names no package of the workspace by its place or by one version', () => {
    const { dependencies = {}, peerDependencies = {} } = manifest as unknown as Record<string, Ranges>;
    const ranges = Object.entries({ ...dependencies, ...peerDependencies });
    expect(ranges.filter(([, range]) => /workspace:|link:|file:/.test(range))).toEqual([]);
    const ours = ranges.filter(([of]) => of === 'secondpass' || of.startsWith('@secondpass/'));
    // A second copy of core would be a second class of each error, and a second queue for the same cores.
    expect(ours.filter(([, range]) => !/^\^\d/.test(range))).toEqual([]);
    if (name !== 'secondpass') expect(Object.keys(dependencies)).not.toContain('@secondpass/core');
  });

  test('has the source that each of its maps names', () => {
    const all = new Set(files.listFiles());
    const maps = [...all].filter((path) => path.endsWith('.map'));
    const dead = maps.flatMap((path) => {
      const { sources }: { sources: string[] } = JSON.parse(files.readFile(path));
      return sources
        .map((source) => posix.join(posix.dirname(path), source))
        .filter((source) => !all.has(source));
    });
    expect(maps).not.toHaveLength(0);
    expect(dead).toEqual([]);
  });

  test('is clean for publint', async () => {
    const tarballData = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
    const { messages } = await publint({ pack: { tarball: tarballData }, strict: true });
    expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
  });

  test('has types that TypeScript finds as it finds the code', async () => {
    const result = await checkPackage(files);
    if (result.types === false) return expect(manifest.exports).toBeUndefined();
    // ES modules alone, so the ways that CommonJS and older versions look for them do not count.
    const counted = result.problems.filter(
      (problem) =>
        !('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(problem.resolutionKind)) &&
        problem.kind !== 'CJSResolvesToESM',
    );
    expect(counted).toEqual([]);
  });
});
