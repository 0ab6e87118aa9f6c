/**
 * Times the demo as a user runs it: the first run, which builds the index, a second run, which reuses it, and warm
 * queries. Writes results/DATE-demo.json.
 *
 *     npx -y pnpm@12 run bench
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ranking, Timings } from '@secondpass/core';
import { describeMachine } from './machine.ts';

const command = fileURLToPath(new URL('../packages/cli/bin/secondpass.js', import.meta.url));
const results = fileURLToPath(new URL('./results/', import.meta.url));
const questions = [
  'how do I read a command line option that takes a value',
  'keep a database on disk between runs',
  'validate an object and report which key is wrong',
  'how is a failing example made smaller',
  'stop a container after the tests',
];
const rounds = 4;

interface DemoReport {
  readonly passages: number;
  readonly rankings: readonly Ranking[];
}

function runDemo(data: string, queries: readonly string[]): { seconds: number; report: DemoReport } {
  const started = performance.now();
  const arguments_ = ['demo', '--json', '--data', data, ...queries.flatMap((query) => ['--query', query])];
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...arguments_], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`secondpass demo failed: ${stderr}`);
  return { seconds, report: JSON.parse(stdout) as DemoReport };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function highest(values: readonly number[]): number {
  return Math.max(...values);
}

const data = mkdtempSync(join(tmpdir(), 'secondpass-bench-'));
try {
  const first = runDemo(data, questions);
  const second = runDemo(data, questions);
  const many = runDemo(data, Array.from({ length: rounds + 1 }, () => questions).flat());
  // The first round warms the threads up.
  const warm = many.report.rankings.slice(questions.length);
  const stage = (name: keyof Timings) => {
    const values = warm.map(({ timings }) => timings[name]);
    return { median: median(values), highest: highest(values) };
  };
  const outcome = {
    measured: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    passages: first.report.passages,
    questions: questions.length,
    firstRunSeconds: first.seconds,
    secondRunSeconds: second.seconds,
    warmQueryMs: {
      queries: warm.length,
      candidates: median(warm.map(({ candidateCount }) => candidateCount)),
      embed: stage('embedMs'),
      search: stage('searchMs'),
      rerank: stage('rerankMs'),
      total: stage('totalMs'),
    },
  };
  mkdirSync(results, { recursive: true });
  const file = join(results, `${outcome.measured}-demo.json`);
  writeFileSync(file, `${JSON.stringify(outcome, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
} finally {
  rmSync(data, { recursive: true, force: true });
}
