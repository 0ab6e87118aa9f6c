#!/usr/bin/env node
/**
 * Runs the tests and closes with one line: `N passed, N failed, N skipped`. `--unit` and `--integration` run one half.
 * Further arguments go to jest. What the adapter contract found on each engine goes to integration/report.json. What hostile
 * tests tried is counted, and a failure where docs/threats.md claims more than ran. Files whose process V8 itself ended run
 * once more, which is printed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contractRows, contractTable } from './contract-report.mjs';
import { endedByEngine, withRepeated } from './ended-by-engine.mjs';
import { documentedRows, misstated, triedRows, triedTable } from './tried-report.mjs';

if (Number.parseInt(process.versions.node, 10) < 22) {
  process.stderr.write(
    `This is Node ${process.versions.node}; the tests need 22.18 or later. \`npm test\` takes the project's own.\n`,
  );
  process.exit(1);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const report = join(root, 'test-results', 'jest.json');
const halves = ['unit', 'integration'];

const chosen = halves.filter((half) => process.argv.includes(`--${half}`));
const forJest = process.argv.slice(2).filter((argument) => !halves.includes(argument.replace(/^--/, '')));

rmSync(report, { force: true });
mkdirSync(dirname(report), { recursive: true });
// Fresh each time, so that no graph of an older optimizer is tested, and the user's own cache stays as it is.
const cache = mkdtempSync(join(tmpdir(), 'secondpass-tests-'));
process.once('exit', () => rmSync(cache, { recursive: true, force: true }));
const triedFolder = join(root, 'test-results', 'tried');
rmSync(triedFolder, { recursive: true, force: true });
const jest = createRequire(join(root, 'package.json')).resolve('jest/bin/jest');
const hasNoOptions = forJest.every((argument) => !argument.startsWith('-'));
let { status } = runJest(forJest, report);
let results;
try {
  results = JSON.parse(readFileSync(report, 'utf8'));
  const ended = endedByEngine(results);
  if (ended.length > 0 && hasNoOptions) {
    process.stdout.write(
      `V8 itself ended the process of these files, which run once more:\n${ended.join('\n')}\n`,
    );
    const second = join(root, 'test-results', 'jest-again.json');
    rmSync(second, { force: true });
    ({ status } = runJest(['--runTestsByPath', ...ended], second));
    results = withRepeated(results, JSON.parse(readFileSync(second, 'utf8')));
  }
} catch {
  process.stdout.write(
    'jest ended without a report; what it printed stands above.\n0 passed, 1 failed, 0 skipped\n',
  );
  process.exit(1);
}
const rows = contractRows(results);
if (rows.length > 0) {
  writeFileSync(join(root, 'integration', 'report.json'), `${JSON.stringify(rows, null, 2)}\n`);
  process.stdout.write(`\n${contractTable(rows)}\n\n`);
}
const tried = triedRows(triedFolder);
if (tried.length > 0) process.stdout.write(`\n${triedTable(tried)}\n\n`);
// Where a test was chosen by its name, or failed, less was tried than the whole files would have.
const isWhole = hasNoOptions && results.numFailedTests === 0;
const wrong = isWhole
  ? misstated(tried, documentedRows(readFileSync(join(root, 'docs', 'threats.md'), 'utf8')))
  : [];
for (const line of wrong) process.stdout.write(`${line}\n`);
// A file that does not load has failed as a whole and counts no test of its own.
const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + wrong.length;
const skipped = results.numPendingTests + results.numTodoTests;
process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
process.exit(status === 0 && failed === 0 && results.numPassedTests > 0 ? 0 : 1);

function runJest(files, outputFile) {
  return spawnSync(
    process.execPath,
    [
      // jest runs ES modules through this flag of Node; the warning about it tells a reader nothing.
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      // jest leaves one core free, which is half of a machine with two.
      '--maxWorkers=100%',
      ...files,
      '--json',
      `--outputFile=${outputFile}`,
      '--selectProjects',
      ...(chosen.length > 0 ? chosen : halves),
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SECONDPASS_CACHE: cache, SECONDPASS_TRIED: triedFolder },
    },
  );
}
