import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { init } from '../src/commands/init/init.ts';
import type { InitFlags } from '../src/init/init-flags.ts';
import { Terminal } from '../src/output/terminal.ts';
import { Secrets } from '../src/secrets.ts';
import { articles, foreignDatabase } from './foreign-database.ts';
import { temporaryFolder } from './temporary-folder.ts';

const down = '\u001B[B';
const enter = '\r';
const interrupt = '\u0003';

/** An arrow is one key, and so is each character. */
const keysOf = (keys: string): readonly string[] =>
  keys.split(down).flatMap((typed, index) => [...(index > 0 ? [down] : []), ...typed]);

/** Answers each question once it is shown: the prompts are the library's own, at streams in a terminal's place. */
async function converse(
  flags: Partial<InitFlags>,
  answers: readonly (readonly [question: string, keys: string])[],
) {
  const folder = temporaryFolder();
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const err = Object.assign(new PassThrough(), { isTTY: true, columns: 200, rows: 60 });
  let shown = '';
  err.on('data', (bytes) => {
    shown += String(bytes);
  });
  let answer = '';
  const out = { write: (text: string) => (answer += text) };
  const secrets = new Secrets();
  const stopping = new AbortController();
  const { signal } = stopping;
  const environment = { NO_COLOR: '1' };
  const terminal = new Terminal({ json: false, out, err, secrets, environment });
  const context = { terminal, secrets, environment, input, folder, signal };
  let ended = false;
  const running = init({ out: 'secondpass.config.yaml', ...flags }, context).finally(() => {
    ended = true;
  });
  let read = 0;
  for (const [question, keys] of answers) {
    const patience = AbortSignal.timeout(60_000);
    while (!ended && !shown.slice(read).includes(question)) {
      if (patience.aborted) {
        stopping.abort();
        throw new Error(`"${question}" was never asked: ${shown.slice(read)}`);
      }
      await sleep(20);
    }
    if (ended) break;
    // An error and the next question come at once.
    read = shown.indexOf(question, read) + question.length;
    // A terminal sends one key after another.
    for (const key of keysOf(keys)) {
      input.write(key);
      await sleep(20);
    }
  }
  const code = await running;
  const files = readdirSync(folder);
  const config = files.length === 0 ? undefined : parse(readFileSync(join(folder, files[0]!), 'utf8'));
  return { code, shown, answer, files, config };
}

test('questions lead to a configuration; what was wrong is told, and asked again', async () => {
  const directory = await foreignDatabase([
    ...articles,
    'CREATE TABLE chunks (id bigint PRIMARY KEY, chunk text, embedding vector(1536))',
  ]);
  const { code, shown, answer, config } = await converse({}, [
    ['Which database', `${down}${down}${down}${enter}`],
    ['In which folder', `${directory}${enter}`],
    ['Which table', enter],
    ['Which column holds the passage', enter],
    // The likely column is where the cursor stands.
    ['Which field holds the tenant', enter],
    ['Which model made the vectors of Help Articles, 384 numbers each', `${down.repeat(4)}${enter}`],
    ['Directory or name of the model', `no-such-model${enter}`],
    ['neither bundled nor a directory', ''],
    ['Which model made the vectors', enter],
    ['Which model reranks', `${down}${enter}`],
  ]);
  expect(shown).toContain('Nothing is wrong.');
  expect({ code, config }).toEqual({
    code: 0,
    config: {
      source: {
        adapter: 'pgvector',
        directory,
        table: 'Help Articles',
        columns: { vector: 'emb', id: 'article_key', text: 'body_md', payload: null },
        metric: 'inner-product',
        tenantField: 'customer_id',
      },
      embedder: { model: 'bi-encoder' },
      reranker: { model: 'nano' },
      depth: 100,
      topK: 10,
    },
  });
  expect(answer).toContain("await loadCrossEncoder(modelDirectory('nano'))");
}, 300_000);

test('a database that does not answer is told, and another address may be named', async () => {
  const { code, shown, files } = await converse({ database: 'pgvector' }, [
    ['Which environment variable', enter],
    ['DATABASE_URL is not set', `postgres://reader:hidden-word@127.0.0.1:1/shop${enter}`],
    ['PostgreSQL does not answer', ''],
    ['Which environment variable', enter],
    ['DATABASE_URL is not set', `mysql://localhost${enter}`],
    ['Use a URL such as postgres://', ''],
    ['Which environment variable', interrupt],
  ]);
  expect({ code, files }).toEqual({ code: 130, files: [] });
  expect(shown).toContain('Stopped. Nothing was written.');
  expect(shown).not.toContain('hidden-word');
}, 300_000);

test.each([
  ['the first question', {}, [['Which database', interrupt]]],
  [
    'the last question',
    { database: 'embedded', directory: 'none', new: true, table: 'notes', embedder: 'bi-encoder' },
    [['Which model reranks', interrupt]],
  ],
] as const)('Ctrl-C at %s writes nothing', async (_, flags, answers) => {
  const { code, shown, files } = await converse(flags, answers);
  expect({ code, files }).toEqual({ code: 130, files: [] });
  expect(shown).toContain('Stopped. Nothing was written.');
});
