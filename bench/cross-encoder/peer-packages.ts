import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cache-folder.ts';

export const transformersJs = '@huggingface/transformers@4.3.1';
export const npmFolder = join(cacheFolder, 'npm');

/** The environments of Python. */
export type Environment = 'python' | 'infinity';
type PythonPackages = { readonly executable: string } | { readonly missing: string };

/** What is needed from outside, as far as it could be had. */
export interface PeerPackages {
  /** A Python with everything of requirements.txt, or why there is none. */
  readonly python: PythonPackages;
  /** The same of Infinity, which needs an older sentence-transformers than the others. */
  readonly infinity: PythonPackages;
  readonly npm: { readonly folder: string } | { readonly missing: string };
}

/**
 * Installs from the package registries that pip and npm are set to use; what is there already is kept.
 *
 * @param withInfinity whether Infinity is wanted too: some gigabytes of its own
 */
export function installPeerPackages(withInfinity = false): PeerPackages {
  mkdirSync(cacheFolder, { recursive: true });
  return {
    python: python('python', 'SECONDPASS_BENCH_PYTHON', './python/requirements.txt'),
    infinity: withInfinity
      ? python(
          'infinity',
          'SECONDPASS_BENCH_INFINITY',
          '../../integration/services/infinity/requirements.txt',
        )
      : { missing: 'Infinity was not asked for' },
    npm: npm(),
  };
}

function python(name: string, variable: string, file: string): PythonPackages {
  const given = process.env[variable];
  if (given !== undefined) return { executable: given };
  const requirements = fileURLToPath(new URL(file, import.meta.url));
  const folder = join(cacheFolder, name);
  const executable = join(folder, 'bin', 'python');
  const wanted = readFileSync(requirements, 'utf8');
  const note = join(folder, 'installed-requirements.txt');
  if (existsSync(note) && readFileSync(note, 'utf8') === wanted) return { executable };
  console.error(`Installing Python packages into ${folder}: this downloads some gigabytes once.`);
  const failure =
    failureOf('python3', ['-m', 'venv', folder]) ??
    failureOf(executable, ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  if (failure !== undefined) return { missing: failure };
  writeFileSync(note, wanted);
  return { executable };
}

function npm(): PeerPackages['npm'] {
  const [, name, version] = /^(.+)@(.+)$/.exec(transformersJs)!;
  const manifest = join(npmFolder, 'node_modules', name!, 'package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version) {
    return { folder: npmFolder };
  }
  mkdirSync(npmFolder, { recursive: true });
  console.error(`Installing ${transformersJs} into ${npmFolder}.`);
  // Scripts would fetch CUDA's libraries, which nothing here uses.
  const options = ['--prefix', npmFolder, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  const failure = failureOf('npm', ['install', ...options, transformersJs]);
  return failure === undefined ? { folder: npmFolder } : { missing: failure };
}

function failureOf(command: string, arguments_: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, arguments_, { encoding: 'utf8' });
  if (status === 0) return undefined;
  const last = stderr?.trim().split('\n').at(-1) ?? '';
  return `${command} ${arguments_.slice(0, 3).join(' ')}: ${error?.message ?? last}`;
}
