import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const passages = [
  { id: 'paris', text: 'Paris is the capital of France.' },
  { id: 'fruit', text: 'Bananas are yellow when they are ripe.' },
  { id: 'bread', text: 'Yeast makes dough rise in the oven.' },
];
const texts = ['What is the capital of France?', 'Why are bananas yellow?', 'Why does bread rise?'];
const asLines = (values: readonly unknown[]): string =>
  values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join('');

const files = {
  'queries.jsonl': asLines(texts.map((text, index) => ({ id: `q${index}`, text }))),
  'corpus.jsonl': asLines(passages),
  // The best passage last, so that a run that was not reranked shows.
  'stage-1.run': texts
    .flatMap((_, query) =>
      [2, 1, 0].map(
        (add, rank) => `q${query} Q0 ${passages[(query + add) % 3]!.id} ${rank + 1} ${1 / (rank + 1)} s\n`,
      ),
    )
    .join(''),
};
const whole = asLines(texts.map((text, index) => ({ id: `q${index}`, text, documents: passages })));
const ofRun = ['rerank', '--queries', 'queries.jsonl', '--run', 'stage-1.run', '--documents', 'corpus.jsonl'];

interface Answer {
  readonly query: string;
  readonly hits: readonly { readonly id: string; readonly rank: number; readonly rawScore: number }[];
}

/** Batches are made up by what arrives together, which is seen in a score's seventh digit. */
const rounded = ({ query, hits }: Answer) => [
  query,
  ...hits.map(({ id, rawScore }) => `${id} ${rawScore.toFixed(3)}`),
];

const linesOf = (folder: string, file: string): string[] =>
  readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
const read = (folder: string, file: string) => linesOf(folder, file).map((line) => JSON.parse(line));

describe('rerank --queries', () => {
  test('answers each query of the file, with its own documents, and leaves no other file', async () => {
    const folder = temporaryFolder({ 'queries.jsonl': whole });
    const flags = ['rerank', '--queries', 'queries.jsonl', '--output', 'out.jsonl', '--top-k', '2', '--json'];
    const { code, stdout } = await runCommand(flags, { folder });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      output: 'out.jsonl',
      queries: 3,
      pairs: 9,
      degraded: 0,
      failed: 0,
    });
    const answers = read(folder, 'out.jsonl');
    expect(answers.map(({ query, hits }) => [query, hits.length, hits[0].id])).toEqual([
      ['q0', 2, 'paris'],
      ['q1', 2, 'fruit'],
      ['q2', 2, 'bread'],
    ]);
    expect(Object.keys(answers[0].hits[0])).toEqual(['rank', 'id', 'score', 'rawScore']);
    expect(readdirSync(folder).sort()).toEqual(['out.jsonl', 'queries.jsonl']);
  });

  test('answers the same from a TREC run and from documents for all queries, in each form', async () => {
    const folder = temporaryFolder(files);
    for (const output of ['out.jsonl', 'out.run', 'out.parquet']) {
      expect((await runCommand([...ofRun, '--output', output], { folder })).code).toBe(0);
    }
    const shared = ['rerank', '--queries', 'queries.jsonl', '--documents', 'corpus.jsonl'];
    expect((await runCommand([...shared, '--output', 'shared.jsonl'], { folder })).code).toBe(0);
    const answers = read(folder, 'out.jsonl') as Answer[];
    expect(answers.map(({ hits }) => hits.map(({ id }) => id)[0])).toEqual(['paris', 'fruit', 'bread']);
    expect(read(folder, 'shared.jsonl').map(rounded)).toEqual(answers.map(rounded));
    const flat = answers.flatMap(({ query, hits }) => hits.map((hit) => ({ query, ...hit })));
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'out.parquet')) });
    expect(rows.map(({ raw_score, ...row }) => ({ ...row, rawScore: raw_score }))).toEqual(flat);
    expect(linesOf(folder, 'out.run').map((line) => line.split(' ').slice(0, 4))).toEqual(
      flat.map((hit) => [hit.query, 'Q0', hit.id, String(hit.rank)]),
    );
  });

  test('a bad line fails alone, is named, and ends the job with 1', async () => {
    const [first, , last] = whole.split('\n');
    const lines = asLines([
      first,
      '{"id":"q7","text":" ","documents":[]}',
      '{',
      '{"id":"q8","text":"a"}',
      last,
    ]);
    const folder = temporaryFolder({ 'queries.jsonl': lines });
    const { code, stdout } = await runCommand(
      ['rerank', '--queries', 'queries.jsonl', '--output', 'out.jsonl'],
      { folder },
    );
    expect(code).toBe(1);
    expect(stdout).toContain('3 queries failed: see out.jsonl.failed.jsonl');
    expect(read(folder, 'out.jsonl').map(({ query }) => query)).toEqual(['q0', 'q2']);
    expect(read(folder, 'out.jsonl.failed.jsonl')).toMatchObject([
      { query: 'q7', where: 'queries.jsonl:2', problem: '"text" is empty.' },
      { query: null, where: 'queries.jsonl:3', problem: expect.stringMatching(/^The line is not JSON/) },
      { query: 'q8', where: 'queries.jsonl:4', problem: 'The query has no "documents".' },
    ]);
  });

  test('the parts of a job make up the whole', async () => {
    const folder = temporaryFolder(files);
    for (const part of ['1/2', '2/2']) {
      expect(
        (await runCommand([...ofRun, '--part', part, '--output', `${part[0]}.jsonl`], { folder })).code,
      ).toBe(0);
    }
    const parts = ['1.jsonl', '2.jsonl'].map((file) => read(folder, file).map(({ query }) => query));
    expect(parts).toEqual([['q0', 'q2'], ['q1']]);
  });

  test('goes on after the process was killed, and answers as if it had not been', async () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      id: `q${index}`,
      text: texts[index % 3],
      documents: passages,
    }));
    const folder = temporaryFolder({ 'queries.jsonl': asLines(many) });
    const flags = ['rerank', '--queries', 'queries.jsonl', '--model', 'nano', '--output'];
    const program = fileURLToPath(new URL('../bin/secondpass.js', import.meta.url));
    const child = spawn(process.execPath, [program, ...flags, 'out.jsonl'], { cwd: folder, stdio: 'ignore' });
    const journal = join(folder, 'out.jsonl.journal');
    while (!existsSync(journal) || readFileSync(journal, 'utf8').split('\n').length < 5) await pause(5);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
    expect(existsSync(join(folder, 'out.jsonl'))).toBe(false);
    appendFileSync(journal, '{"query":"q1');

    const other = await runCommand([...flags, 'out.jsonl', '--top-k', '1'], { folder });
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('out.jsonl.journal holds a job that was begun with another topK.');

    const again = await runCommand([...flags, 'out.jsonl'], { folder });
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/\d+ queries done before; going on\./);
    expect((await runCommand([...flags, 'whole.jsonl'], { folder })).code).toBe(0);
    expect(read(folder, 'out.jsonl').map(rounded)).toEqual(read(folder, 'whole.jsonl').map(rounded));
    expect(read(folder, 'out.jsonl')).toHaveLength(400);
    expect(readdirSync(folder).sort()).toEqual(['out.jsonl', 'queries.jsonl', 'whole.jsonl']);
  });

  test.each([
    [
      'neither a query nor a file of them',
      ['--documents', 'corpus.jsonl'],
      /--query: One of --query and --queries/,
    ],
    ['both', ['--query', 'a', '--queries', 'queries.jsonl'], /--query: One of --query and --queries/],
    ['no output', ['--queries', 'queries.jsonl'], /--output: It is missing/],
    [
      'an output that is there',
      ['--queries', 'queries.jsonl', '--output', 'corpus.jsonl'],
      /corpus\.jsonl exists already/,
    ],
    ['an ending without a form', ['--queries', 'queries.jsonl', '--output', 'out.csv'], /names no format/],
    [
      'a run without texts',
      ['--queries', 'queries.jsonl', '--run', 'stage-1.run', '--output', 'o.run'],
      /with --documents/,
    ],
    [
      'a folder that is not there',
      ['--queries', 'queries.jsonl', '--output', 'no/o.jsonl'],
      /cannot be written \(ENOENT\)/,
    ],
    [
      'queries that are not there',
      ['--queries', 'gone.jsonl', '--output', 'o.jsonl'],
      /gone\.jsonl: This path does not exist/,
    ],
    [
      'a part beyond the last',
      ['--queries', 'queries.jsonl', '--output', 'o.jsonl', '--part', '3/2'],
      /such as 1\/4/,
    ],
    [
      'a flag of a job without one',
      ['--query', 'a', '--documents', 'corpus.jsonl', '--part', '1/2'],
      /--part: It belongs to a job/,
    ],
    [
      'a model and a configuration',
      ['--queries', 'queries.jsonl', '--output', 'o.jsonl', '--config', 'c', '--model', 'small'],
      /--model: The configuration says it already/,
    ],
  ])('with %s ends with 2, says why, and writes nothing', async (_, flags, expected) => {
    const folder = temporaryFolder(files);
    const { code, stdout, stderr } = await runCommand(['rerank', ...flags], { folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort());
  });
});
