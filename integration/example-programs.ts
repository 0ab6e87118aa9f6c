import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');

/** Two models load in such a program, on a machine that may be busy with other tests. */
export const exampleTimeoutMs = 180_000;

/**
 * Runs a program of `examples/` as its head says.
 *
 * @param program such as `own-postgres-table/run.ts`
 */
export function runExampleProgram(
  program: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run([join(root, 'examples', program), ...args], environment);
}

/** Runs the command `secondpass`. */
export function runSecondpass(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run([join(root, 'packages/cli/bin/secondpass.js'), ...args], environment);
}

/** @throws Error with `code`, `stdout` and `stderr` where the program fails */
function run(args: readonly string[], environment: Readonly<Record<string, string>>) {
  return promisify(execFile)(process.execPath, [...args], {
    env: { ...process.env, ...environment },
    timeout: exampleTimeoutMs,
  });
}
