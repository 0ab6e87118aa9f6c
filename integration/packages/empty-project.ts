import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { NotRun } from '../engines.ts';
import type { PackedPackages } from './packed-packages.ts';

const run = promisify(execFile);

/** How docs/install.md installs onnxruntime-node where its script cannot reach the server of its CUDA libraries. */
const managers = {
  npm: {
    command: 'npm install --no-audit --no-fund',
    environment: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
    files: {},
  },
  pnpm: {
    command: 'npx --yes pnpm@12 install --prefer-offline',
    environment: {},
    files: { 'pnpm-workspace.yaml': 'allowBuilds:\n  onnxruntime-node: false\n' },
  },
  yarn: {
    command: 'npx --yes --package @yarnpkg/cli-dist@4 yarn install --no-immutable',
    environment: { YARN_ENABLE_TELEMETRY: '0' },
    files: { '.yarnrc.yml': 'nodeLinker: node-modules\n', 'yarn.lock': '' },
  },
  bun: { command: 'npx --yes bun@1 install', environment: {}, files: {} },
} as const;

export type PackageManager = keyof typeof managers;
export const packageManagers = Object.keys(managers) as PackageManager[];

export interface EmptyProject {
  readonly folder: string;
  write(file: string, text: string): Promise<void>;
  /** Runs a command line in it, in the Node.js that runs the tests. */
  run(
    command: string,
    environment?: Readonly<Record<string, string>>,
  ): Promise<{ stdout: string; stderr: string }>;
  remove(): Promise<void>;
}

interface ProjectRequest {
  readonly packed: PackedPackages;
  /** Names of this project's packages, as a user would name them. */
  readonly packages: readonly string[];
  /** Name and version of everything else. */
  readonly others?: Readonly<Record<string, string>>;
  /** @default 'npm' */
  readonly manager?: PackageManager;
}

/** A folder outside the workspace, into which packages are installed from their tarballs. */
export async function installedProject(request: ProjectRequest): Promise<EmptyProject> {
  const { packed, packages, others = {}, manager = 'npm' } = request;
  const { command, environment, files } = managers[manager];
  const folder = await mkdtemp(join(tmpdir(), 'secondpass-project-'));
  const project: EmptyProject = {
    folder,
    write: (file, text) => writeFile(join(folder, file), text),
    run: (line, extra = {}) =>
      run('sh', ['-c', line], {
        cwd: folder,
        timeout: 300_000,
        maxBuffer: 2 ** 26,
        env: { ...withoutWorkspace(), ...extra, PATH: pathWithThisNode() },
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  const tarballs = Object.fromEntries([...packed.tarballs].map(([name, path]) => [name, `file:${path}`]));
  const ours = Object.fromEntries(packages.map((name) => [name, tarballs[name]!]));
  // What one of our packages needs of another one comes from its tarball too: none is published yet.
  const everywhere = manager === 'yarn' ? { resolutions: tarballs } : { overrides: tarballs };
  const manifest = { private: true, type: 'module', dependencies: { ...ours, ...others }, ...everywhere };
  await project.write('package.json', JSON.stringify(manifest));
  for (const [file, text] of Object.entries<string>(files)) {
    await project.write(file, manager === 'pnpm' ? `${text}overrides: ${JSON.stringify(tarballs)}\n` : text);
  }
  await project.run(command, environment);
  return project;
}

/** Whether packages can be installed here. */
export async function packageRegistry(): Promise<object | NotRun> {
  return run('npm', ['view', 'zod', 'version'], { timeout: 30_000 }).then(
    () => ({}),
    () => ({ notRun: 'npm reaches no registry.' }),
  );
}

/** What pnpm sets for programs that it runs would lead another package manager into this workspace. */
function withoutWorkspace(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|pnpm_|NODE_PATH|NODE_OPTIONS|INIT_CWD)/i.test(name),
  );
  return Object.fromEntries(entries);
}

function pathWithThisNode(): string {
  const foreign = process.env['PATH']!.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return [dirname(process.execPath), ...foreign].join(delimiter);
}
