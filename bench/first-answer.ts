/**
 * How long a fresh process takes to its first answer, and where the time goes: a program of the library and `secondpass search`,
 * with PostgreSQL and embedded, with a filled cache of graphs and with an empty one. Build first: `tsc -b`. PostgreSQL is the one
 * at PGVECTOR_URL, else a container; without either only the embedded one is measured.
 *
 *     node bench/first-answer.ts [--rounds 7] [--passages 2000] [--against CHECKOUT] [--json FILE]
 *
 * Passages are those of workload W1, 80 tokens a pair, and 100 of them are reranked. Every contender runs once in each round, in
 * turns. `--against` also measures another checkout; build it first.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { modelDirectory } from '@secondpass/models';
import pg from 'pg';
import { startPgvector } from '../integration/services/pgvector.ts';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { fillPlace } from './first-answer/fill.ts';
import { describeMachine } from './machine.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    passages: { type: 'string', default: '2000' },
    against: { type: 'string' },
    json: { type: 'string' },
  },
});

const here = fileURLToPath(new URL('..', import.meta.url));
const checkouts = { this: here, ...(flags.against && { against: resolve(flags.against) }) };
const program = fileURLToPath(new URL('./first-answer/answer-once.mjs', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'first-answer-'));
const table = `first_answer_${process.pid}`;

const madeUp = await MadeUpTexts.open(modelDirectory('small'));
const { passages: texts } = madeUp.request(workloads['W1']!, Number(flags.passages), 1);
const queryOf = (seed: number) => madeUp.request(workloads['W1']!, 1, seed).query;
const queries = Array.from({ length: 4 }, (_, seed) => queryOf(100 + seed));

interface Run {
  /** Milliseconds from the start of the process to its end. */
  readonly wall: number;
  readonly stdout: string;
}

function runNode(arguments_: readonly string[], cache: string): Promise<Run> {
  const started = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<Run>();
  const child = spawn(process.execPath, arguments_, {
    env: { ...process.env, SECONDPASS_CACHE: cache },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  child.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) resolve({ wall: performance.now() - started, stdout });
    else reject(new Error(`a run ended with ${code}: ${stderr}`));
  });
  return promise;
}

/** One measurement: times by name, in milliseconds. */
type Sample = Readonly<Record<string, number>>;
interface Contender {
  readonly name: string;
  run(cache: string): Promise<Sample>;
}

function libraryProgram(name: string, root: string, url: string): Contender {
  return {
    name,
    async run(cache) {
      const { stdout } = await runNode([program, root, url, table, ...queries], cache);
      const { reached, first, last } = JSON.parse(stdout);
      return {
        'first answer': reached.answer,
        'node starts': reached.start,
        'packages are imported': reached.packages - reached.start,
        'embedder is open, after the imports': reached.embedder - reached.packages,
        'reranker is open, after the imports': reached.reranker - reached.packages,
        'all is open, after the imports': reached.opened - reached.packages,
        'first query: embed': first.embedMs,
        'first query: search': first.searchMs,
        'first query: rerank': first.rerankMs,
        'fourth query': last.totalMs,
        'processor time until the first answer': reached.processor,
      };
    },
  };
}

function searchCommand(name: string, root: string, config: string): Contender {
  const command = join(root, 'packages', 'cli', 'bin', 'secondpass.js');
  return {
    name,
    async run(cache) {
      const arguments_ = [command, 'search', '--config', config, '--query', queries[0]!, '--json'];
      const { wall, stdout } = await runNode(arguments_, cache);
      const { timings } = JSON.parse(stdout);
      return {
        'first answer': wall,
        'until the query': wall - timings.totalMs,
        'first query: embed': timings.embedMs,
        'first query: search': timings.searchMs,
        'first query: rerank': timings.rerankMs,
      };
    },
  };
}

const started = await startPgvector();
const url = 'notRun' in started ? undefined : started.url;
try {
  const embedded = await fillPlace({ directory: join(scratch, 'postgres') }, table, texts, scratch);
  const server = url && (await fillPlace({ url }, table, texts, scratch));
  const contenders = Object.entries(checkouts).flatMap(([checkout, root]) => [
    ...(url ? [libraryProgram(`${checkout}: program, PostgreSQL`, root, url)] : []),
    ...(server ? [searchCommand(`${checkout}: search, PostgreSQL`, root, server)] : []),
    searchCommand(`${checkout}: search, embedded`, root, embedded),
  ]);
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round <= Number(flags.rounds); round += 1) {
    for (const { name, run } of contenders) {
      const filled = join(scratch, `cache of ${name.split(':')[0]}`);
      const empty = mkdtempSync(join(scratch, 'empty-'));
      for (const [cache, folder] of [
        ['filled', filled],
        ['empty', empty],
      ] as const) {
        const sample = await run(folder);
        // The first round fills the cache and the system's memory of files.
        if (round === 0) continue;
        const key = `${name}, ${cache} cache`;
        samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
      rmSync(empty, { recursive: true });
      console.error(`round ${round}: ${name}`);
    }
  }
  const outcome = {
    measured: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    database: 'notRun' in started ? started.notRun : started.version,
    passages: texts.length,
    rounds: Number(flags.rounds),
    milliseconds: Object.fromEntries([...samples].map(([name, all]) => [name, summary(all)])),
  };
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(outcome, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
  if (url && !('notRun' in started)) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`DROP TABLE IF EXISTS ${table}`);
    await client.end();
    await started.stop();
  }
}

function summary(all: readonly Sample[]) {
  return Object.fromEntries(
    Object.keys(all[0]!).map((part) => {
      const sorted = all.map((sample) => sample[part]!).toSorted((a, b) => a - b);
      const round = (value: number) => Math.round(value);
      return [part, { least: round(sorted[0]!), median: round(sorted[Math.floor(sorted.length / 2)]!) }];
    }),
  );
}
