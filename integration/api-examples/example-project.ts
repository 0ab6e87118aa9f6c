import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Example, withShownValues } from './example.ts';
import type { Outcome } from './run-in-turn.ts';

const root = join(import.meta.dirname, '../..');

export interface ExampleRun {
  readonly outcomes: ReadonlyMap<Example, Outcome>;
  /** What is wrong with the process as a whole: a test of an example fails, or it does not end. Empty where nothing is. */
  readonly complaint: string;
}

/** A folder outside the workspace with all examples, which import packages as the programs of a user do. */
export interface ExampleProject {
  /** What strict TypeScript says of the examples; empty where nothing is wrong. */
  complaints(): Promise<string>;
  /**
   * Runs examples of one package in one process, one after the other.
   *
   * @param endWithinMs time for tests that examples registered, after the last of them. @default 240_000
   */
  run(
    examples: readonly Example[],
    environment?: Readonly<Record<string, string>>,
    endWithinMs?: number,
  ): Promise<ExampleRun>;
  remove(): Promise<void>;
}

/** @param prepare what becomes of an example's code before it runs, such as another name for a table */
export async function exampleProject(
  examples: readonly Example[],
  prepare: (example: Example) => string = ({ code }) => code,
): Promise<ExampleProject> {
  const project = await realpath(await mkdtemp(join(tmpdir(), 'secondpass-examples-')));
  const run = join(project, 'run');
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
  };
  await mkdir(run);
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, exclude: ['run'] }));
  for (const folder of new Set(examples.map((example) => example.folder))) {
    await linkPackages(folder, join(project, folder, 'node_modules'));
    await cp(join(project, folder, 'node_modules'), join(run, folder, 'node_modules'), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  for (const example of examples) {
    await writeFile(join(project, example.file), example.code);
    await writeFile(join(run, example.file), withShownValues(prepare(example)));
  }
  return {
    complaints: () =>
      promisify(execFile)(
        process.execPath,
        [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--pretty', 'false'],
        {
          cwd: project,
        },
      ).then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      ),
    run: (chosen, environment = {}, endWithinMs = 240_000) =>
      runInTurn(run, chosen, environment, endWithinMs),
    remove: () => rm(project, { recursive: true, force: true }),
  };
}

async function runInTurn(
  folder: string,
  chosen: readonly Example[],
  environment: Readonly<Record<string, string>>,
  endWithinMs: number,
): Promise<ExampleRun> {
  const paths = chosen.map(({ file }) => join(folder, file));
  const child = fork(join(import.meta.dirname, 'run-in-turn.ts'), paths, {
    cwd: dirname(paths[0]!),
    env: { ...process.env, ...environment },
    // Without the flags of this process, which are jest's.
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const received = new Map<string, Outcome>();
  child.on('message', (outcome: Outcome) => received.set(outcome.path, outcome));
  let printed = '';
  const keep = (text: string) => {
    printed = (printed + text).slice(-10_000);
  };
  child.stdout!.setEncoding('utf8').on('data', keep);
  child.stderr!.setEncoding('utf8').on('data', keep);
  let patience: NodeJS.Timeout | undefined;
  child.once('disconnect', () => {
    patience = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(patience);
  const missing = { values: {}, tookMs: 0, problem: 'The process ended before it.' };
  return {
    outcomes: new Map(
      chosen.map((example, index) => {
        const path = paths[index]!;
        return [example, received.get(path) ?? { path, ...missing }];
      }),
    ),
    complaint:
      signal !== null
        ? `An example leaves something open: the process did not end within ${endWithinMs} ms.`
        : code === 0
          ? ''
          : `The process ended with ${code}: ${printed}`,
  };
}

/** Makes every package of the workspace and everything that one of them depends on importable. */
async function linkPackages(folder: string, modules: string): Promise<void> {
  const links = new Map<string, string>();
  const own = join(root, 'packages', folder, 'node_modules');
  for (const name of existsSync(own) ? await readdir(own) : []) {
    const names = name.startsWith('@')
      ? (await readdir(join(own, name))).map((inner) => `${name}/${inner}`)
      : [name];
    for (const dependency of names) {
      if (!dependency.startsWith('.')) links.set(dependency, await realpath(join(own, dependency)));
    }
  }
  for (const name of await readdir(join(root, 'packages'))) {
    links.set(name === 'cli' ? 'secondpass' : `@secondpass/${name}`, join(root, 'packages', name));
  }
  for (const [name, target] of links) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(target, join(modules, name));
  }
}
