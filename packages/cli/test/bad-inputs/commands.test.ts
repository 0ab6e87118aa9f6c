import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { noteTried } from '../../../../scripts/note-tried.ts';
import type { Outcome } from '../run-command.ts';
import { runCommand } from '../run-command.ts';
import { runInProcess } from '../run-in-process.ts';
import { badVariants } from './bad-variants.ts';
import { secret } from './try-inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'secondpass-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const file = (text: string, extension: string) => {
  files += 1;
  const path = join(folder, `${files}.${extension}`);
  writeFileSync(path, text);
  return path;
};

/** Nothing answers at these addresses, so that what is let through ends soon. */
const config = {
  source: {
    adapter: 'pgvector',
    url: `postgres://me:${secret}@127.0.0.1:1/db`,
    table: 'notes',
    search: 'exact',
  },
  embedder: { remote: { dialect: 'tei', url: 'http://127.0.0.1:1', apiKey: secret, retries: 0 } },
  reranker: {
    remote: { service: 'cohere', url: 'http://127.0.0.1:1', model: 'm', apiKey: secret, retries: 0 },
  },
  depth: 10,
  topK: 2,
  timeoutMs: 1000,
  onRerankFailure: 'throw',
};
const valid = file(JSON.stringify(config), 'json');
const words = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  'NaN',
  'Infinity',
  '1e999',
  '99999999999999999999',
  '--',
  '-x',
  '\uFFFD',
  '__proto__',
  '../../none/passwd',
  '/dev/null/x',
  '{',
  '[[]]',
  'a,b',
  '1,2,x',
  'null',
  'x'.repeat(10_000),
];
const flags: Readonly<Record<string, readonly string[]>> = {
  search: [
    'query',
    'depth',
    'top-k',
    'min-score',
    'score-scaling',
    'blend',
    'latency-budget',
    'filter',
    'tenant',
  ],
  rerank: [
    'query',
    'documents',
    'model',
    'top-k',
    'min-score',
    'score-scaling',
    'long-passages',
    'precision',
  ],
  index: ['corpus'],
  eval: [
    'collection',
    'run',
    'qrels',
    'depth',
    'top-k',
    'measures',
    'relevance-level',
    'average',
    'queries',
    'seed',
    'concurrency',
    'filter',
    'tenant',
  ],
  tune: [
    'collection',
    'max-loss',
    'max-latency',
    'models',
    'precisions',
    'depths',
    'blends',
    'measure',
    'queries',
    'rounds',
    'seed',
    'filter',
    'tenant',
  ],
  migrate: ['to', 'from', 'batch-size'],
  serve: ['host', 'port', 'config'],
  'models add': ['precision', 'include'],
  'models remove': ['config'],
  'models verify': ['config'],
  optimize: ['precision', 'texts'],
  // It looks at the machine and the models each time, which takes a second.
  doctor: [],
};
/** Every command needs these, and none of them exists. */
const needed: Readonly<Record<string, readonly string[]>> = {
  search: ['--config', valid, '--query', 'bread'],
  rerank: ['--query', 'bread', '--documents', join(folder, 'none.jsonl')],
  index: ['--config', valid, '--corpus', join(folder, 'none')],
  eval: ['--config', valid, '--collection', join(folder, 'none')],
  tune: ['--config', valid, '--collection', join(folder, 'none')],
  migrate: ['--from', valid, '--to', join(folder, 'none.yaml')],
  serve: ['--config', join(folder, 'none.yaml')],
  'models add': ['no-such-model'],
  'models remove': ['no-such-model'],
  'models verify': ['no-such-model'],
  optimize: [join(folder, 'none')],
  doctor: ['--config', join(folder, 'none.yaml')],
};

let total = 0;
/** Refused by a flag's parser, or in words with a way out; never by accident, never with a secret. */
async function faultOf(
  line: readonly string[],
  run: (line: readonly string[]) => Promise<Outcome> = runInProcess,
) {
  total += 1;
  const shown = line.map((word) => word.slice(0, 60)).join(' ');
  const ended = await Promise.race([
    run(line).catch((error: unknown) => ({ code: 0, stdout: '', stderr: `raw: ${String(error)}` })),
    new Promise<Outcome>((resolve) =>
      setTimeout(resolve, 30_000, { code: 0, stdout: '', stderr: 'no end' }).unref(),
    ),
  ]);
  const { code, stdout, stderr } = ended;
  const problems = [
    code === 0 && `exit 0: ${(stderr || stdout).slice(0, 300)}`,
    /bug in secondpass|\[object|TypeError|at .*\.ts:\d/.test(stderr) && stderr.slice(0, 300),
    (stderr + stdout).includes(secret) && 'shows the secret',
    !/error|→|Run with --help/i.test(stderr + stdout) && `says nothing: ${stderr.slice(0, 200)}`,
  ].filter((problem) => problem !== false);
  return problems.map((problem) => `${shown}: ${problem}`);
}

test.each(Object.keys(flags))(
  '%s: each flag with odd values, twice, and unknown ones',
  async (command) => {
    const begin = [...command.split(' '), ...needed[command]!];
    const lines = [
      [...command.split(' ')].concat('--no-such-flag'),
      [...begin, '--no-such-flag', '1'],
      [...begin, '--confg', valid],
      ...flags[command]!.flatMap((flag) => [
        [...begin, `--${flag}`],
        ...words.map((word) => [...begin, `--${flag}=${word}`]),
      ]),
    ];
    const faults: string[] = [];
    for (const line of lines) faults.push(...(await faultOf(line)));
    expect(faults).toEqual([]);
  },
  300_000,
);

test('search: a configuration with one thing wrong or odd', async () => {
  const faults: string[] = [];
  // Each that is let through tries to connect: every third is tried.
  const tried = [...badVariants(config)].filter((_, index) => index % 3 === 0);
  for (const { change, input } of tried) {
    let text: string;
    try {
      text = JSON.stringify(input) ?? '';
    } catch {
      continue;
    }
    const found = await faultOf(['search', '--query', 'bread', '--config', file(text, 'json')]);
    faults.push(...found.map((fault) => `${change}: ${fault}`));
  }
  expect(faults).toEqual([]);
}, 300_000);

test('as processes: a sample of them', async () => {
  const faults: string[] = [];
  for (const line of [
    ['search', '--config', valid, '--query', 'bread'],
    ['search', '--config', valid, '--query', '', '--filter', '{'],
    ['rerank', '--query', 'bread', '--documents', '/dev/null/x'],
    ['serve', '--config', file(JSON.stringify({ keys: [{ name: 'me', sha256: secret }] }), 'json')],
    ['models', 'add', '../../etc'],
    ['no-such-command'],
  ]) {
    faults.push(...(await faultOf(line, (given) => runCommand(given, { folder }))));
  }
  expect(faults).toEqual([]);
}, 300_000);

afterAll(() => noteTried({ kind: 'bad inputs', where: 'commands', count: total }));
