#!/usr/bin/env node
/**
 * Sets the checkout up and runs a command in it: `node scripts/in-workspace.mjs COMMAND [ARGUMENT…]`.
 *
 * It needs Node 20 and npm only. pnpm comes from the registry as a native program, and Node 24 as a dev dependency of
 * the workspace, first on the PATH of everything that pnpm runs. What is up to date already is left alone.
 */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const pnpm = 'pnpm@12.21.0';
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs pnpm; what it prints goes to standard error, so that standard output belongs to the command alone. */
function runPnpm(arguments_, { quiet }) {
  const { status, error, stdout, stderr } = spawnSync('npx', ['--yes', pnpm, ...arguments_], {
    cwd: quiet ? root : process.cwd(),
    stdio: quiet ? 'pipe' : 'inherit',
    shell: process.platform === 'win32',
    encoding: 'utf8',
    env: { ...process.env, npm_config_update_notifier: 'false', npm_config_loglevel: 'error' },
  });
  if (quiet && (error || status !== 0)) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  if (error) {
    process.stderr.write(`npx could not be started (${error.message}). Install npm, which brings npx.\n`);
    process.exit(1);
  }
  return status ?? 1;
}

function prepare(step, arguments_) {
  const started = performance.now();
  const status = runPnpm(arguments_, { quiet: true });
  if (status !== 0) {
    process.stderr.write(`${step} failed: what pnpm printed stands above.\n`);
    process.exit(1);
  }
  const seconds = (performance.now() - started) / 1000;
  // A step that had nothing to do is not worth a line.
  if (seconds > 5) process.stderr.write(`${step}: ${seconds.toFixed(0)} s\n`);
}

const command = process.argv.slice(2);
if (command.length === 0) {
  process.stderr.write('Name a command: node scripts/in-workspace.mjs COMMAND [ARGUMENT…]\n');
  process.exit(2);
}
prepare('Installing packages', ['install', '--frozen-lockfile', '--prefer-offline']);
prepare('Building', ['exec', 'tsc', '-b']);
process.exit(runPnpm(['--dir', root, 'exec', ...command], { quiet: false }));
