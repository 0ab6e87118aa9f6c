import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const config = `
source:
  adapter: pgvector
  directory: data/postgres
  table: notes
depth: 3
topK: 2
`;
const corpus = [
  { id: 'paris', text: 'Paris is the capital of France.', lang: 'en' },
  { id: 'berlin', title: 'Germany', text: 'Berlin is the capital of Germany.', lang: 'en' },
  { id: 'fruit', text: 'Bananas are yellow when they are ripe.', lang: 'en' },
  { id: 'paris-de', text: 'Paris ist die Hauptstadt von Frankreich.', lang: 'de' },
]
  .map((document) => JSON.stringify(document))
  .join('\n');
/** Posts whose numbers share a float64. */
const posts = [497, 500, 503].map(
  (end) =>
    `{"id":1784530912236650${end},"text":"The ${end}th post about France.","tweet":1784530912236650${end}}`,
);

let folder = '';
const indexFlags = ['index', '--config', 'secondpass.config.yaml', '--corpus', 'notes.jsonl'];
const searchFlags = ['search', '--config', 'secondpass.config.yaml', '--query', 'capital of France'];

beforeAll(() => {
  folder = temporaryFolder({ 'secondpass.config.yaml': config, 'notes.jsonl': corpus });
});

describe('index and search in an embedded PostgreSQL', () => {
  test('a search before anything is indexed ends with 1 and says what to do', async () => {
    const { code, stdout, stderr } = await runCommand(searchFlags, { folder });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/pgvector:notes: .*notes.*\n {2}→ Index documents first/);
  });

  test('index writes every document, and the second time none', async () => {
    const first = await runCommand([...indexFlags, '--json'], { folder });
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual({
      source: 'pgvector:notes',
      written: 4,
      unchanged: 0,
      seconds: expect.any(Number),
    });
    const second = await runCommand(indexFlags, { folder });
    expect(second.stdout).toMatch(/^pgvector:notes: 0 written, 4 unchanged, \d+\.\d s\n$/);
    expect(second.stderr).toMatch(/Next: secondpass search/);
  });

  test('an integer beyond 2^53 is one document, its id, its payload and its filter', async () => {
    const own = temporaryFolder({ 'secondpass.config.yaml': config, 'notes.jsonl': posts.join('\n') });
    expect((await runCommand(indexFlags, { folder: own })).code).toBe(0);
    const filter = '{"field":"tweet","eq":1784530912236650497}';
    const { code, stdout } = await runCommand([...searchFlags, '--json', '--filter', filter], {
      folder: own,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).hits).toHaveLength(1);
    expect(stdout).toContain('"id":"1784530912236650497"');
    expect(stdout).toContain('"tweet":1784530912236650497');
    const between = '{"field":"tweet","gt":1784530912236650497,"lt":1784530912236650503}';
    const found = await runCommand([...searchFlags, '--json', '--filter', between], { folder: own });
    expect(found.stdout).toContain('"tweet":1784530912236650500');
    const again = await runCommand([...indexFlags, '--json'], { folder: own });
    expect(JSON.parse(again.stdout)).toMatchObject({ written: 0, unchanged: 3 });
    const target = config.replace('data/postgres', 'data/other');
    writeFileSync(join(own, 'target.config.yaml'), target);
    const migrate = ['migrate', '--from', 'secondpass.config.yaml', '--to', 'target.config.yaml'];
    expect((await runCommand(migrate, { folder: own })).code).toBe(0);
    const flags = [
      'search',
      '--config',
      'target.config.yaml',
      '--query',
      'France',
      '--json',
      '--filter',
      filter,
    ];
    expect((await runCommand(flags, { folder: own })).stdout).toContain('"tweet":1784530912236650497');
  });

  test('index fills the store of precomputed passages too', async () => {
    const own = temporaryFolder({
      'secondpass.config.yaml': `${config}reranker: { cascade: [{ reranker: { model: nano } }, { reranker: { model: small, precomputed: { directory: kept } } }] }\n`,
      'notes.jsonl': corpus,
    });
    const first = await runCommand([...indexFlags, '--json'], { folder: own });
    expect(first.stderr).toMatch(/Precomputing 4 documents for small/);
    expect(JSON.parse(first.stdout)).toMatchObject({
      written: 4,
      precomputed: [{ stored: 4, unchanged: 0 }],
    });
    expect(existsSync(join(own, 'kept'))).toBe(true);
    const second = await runCommand(indexFlags, { folder: own });
    expect(second.stdout).toMatch(
      /^small.*: 0 written, 4 unchanged\npgvector:notes: 0 written, 4 unchanged, /,
    );
  });

  test('search answers with a Ranking', async () => {
    const { code, stdout, stderr } = await runCommand([...searchFlags, '--json'], { folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const ranking = JSON.parse(stdout);
    expect(ranking).toMatchObject({
      query: 'capital of France',
      candidateCount: 3,
      retrievedBy: 'pgvector:notes',
      rerankedBy: 'small',
      hits: [{ rank: 1, candidate: { id: expect.stringMatching(/^paris/) } }, { rank: 2 }],
      timings: { embedMs: expect.any(Number), searchMs: expect.any(Number), rerankMs: expect.any(Number) },
    });
    expect(ranking.hits).toHaveLength(2);
  });

  test('search takes --filter, --depth, --top-k, --min-score and --score-scaling', async () => {
    const filter = '{"field":"lang","eq":"de"}';
    const scores = ['--min-score', '0.9', '--score-scaling', 'min-max'];
    const flags = [...searchFlags, '--filter', filter, '--depth', '20', '--top-k', '20', ...scores];
    const { stdout } = await runCommand(flags, { folder });
    const { hits, belowMinScore } = JSON.parse(stdout);
    expect(belowMinScore).toBe(0);
    expect(hits).toMatchObject([
      { rank: 1, score: 1, candidate: { id: 'paris-de', payload: { lang: 'de' } } },
    ]);
  });

  test('search takes --blend, and answers by --latency-budget', async () => {
    const blended = await runCommand([...searchFlags, '--blend', '1'], { folder });
    const { hits } = JSON.parse(blended.stdout);
    expect(hits).toMatchObject([
      { candidate: { rank: 1 }, blended: expect.any(Number) },
      { candidate: { rank: 2 } },
    ]);
    const patient = await runCommand([...searchFlags, '--latency-budget', '2147483647'], { folder });
    expect(patient.code).toBe(0);
    const late = await runCommand([...searchFlags, '--latency-budget', '1'], { folder });
    expect({ code: late.code, stdout: late.stdout }).toEqual({ code: 1, stdout: '' });
    expect(late.stderr).toMatch(/No answer within 1 ms; [\w ]+ was running\.\n {2}→ Raise latencyBudgetMs/);
  });

  test('in shadow mode search serves stage 1 and writes down what stage 2 would do', async () => {
    writeFileSync(join(folder, 'shadow.yaml'), `${config}shadow:\n  file: shadow.jsonl\n`);
    const flags = ['search', '--config', 'shadow.yaml', '--query', 'capital of France'];
    const { stdout } = await runCommand(flags, { folder });
    const { hits, rerankedBy } = JSON.parse(stdout);
    expect(rerankedBy).toBeNull();
    expect(hits).toMatchObject([{ candidate: { rank: 1 } }, { candidate: { rank: 2 } }]);
    const written = readFileSync(join(folder, 'shadow.jsonl'), 'utf8');
    expect(written).not.toContain('capital');
    expect(JSON.parse(written)).toMatchObject({
      candidateCount: 3,
      topK: 2,
      displacement: { kendallTau: expect.any(Number), topKOverlap: expect.any(Number) },
      hits: [{ rank: 1, rawScore: expect.any(Number) }, { rank: 2 }],
    });
  });

  test('doctor counts what is there', async () => {
    const { code, stdout } = await runCommand(['doctor', '--config', 'secondpass.config.yaml', '--json'], {
      folder,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      versions: { node: process.versions.node, 'onnxruntime-node': expect.stringMatching(/^\d/) },
      runtime: 'onnxruntime-node',
      models: [{ name: 'bi-encoder' }, { name: 'small' }, { name: 'nano' }],
      engines: [
        { reachable: true, version: expect.stringMatching(/PostgreSQL .* with pgvector/) },
        { reachable: true, documents: 4 },
      ],
      problems: [],
    });
  });

  test.each([
    [
      'a filter that is no JSON',
      ['--filter', '{"field":'],
      /--filter: This is not JSON: .*position|end of JSON/,
    ],
    [
      'an unknown operator',
      ['--filter', '{"field":"a","like":"b"}'],
      /--filter: filter\.like is not an operator/,
    ],
    ['topK above depth', ['--top-k', '4'], /--top-k is 4, above the depth of 3/],
    ['a blend above 1', ['--blend', '2'], /number from 0 to 1/],
    ['no time', ['--latency-budget', '0'], /latency-budget/],
    ['a tenant where there are none', ['--tenant', 'a'], /tenant/],
  ])('%s ends with 2', async (_, flags, expected) => {
    const { code, stdout, stderr } = await runCommand([...searchFlags, ...flags], { folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
  });

  test('a corpus with a mistake near its end writes nothing', async () => {
    const own = temporaryFolder({
      'secondpass.config.yaml': config,
      'notes.jsonl': `${corpus}\n{"id":"paris","text":"again"}`,
    });
    const { code, stderr } = await runCommand(indexFlags, { folder: own });
    expect(code).toBe(2);
    expect(stderr).toMatch(/notes\.jsonl:5: The id "paris" already occurs on line 1/);
    expect(existsSync(join(own, 'data'))).toBe(false);
  });
});

describe('secrets', () => {
  test('are in no output of a database that does not answer', async () => {
    const port = await closedPort();
    const own = temporaryFolder({
      'c.yaml': `source:\n  adapter: pgvector\n  url: \${DATABASE_URL}\n  table: notes\n  connectionTimeoutMs: 2000\n`,
      'literal.yaml': `source:\n  adapter: pgvector\n  url: postgres://reader:hunter2@127.0.0.1:${port}/app\n  table: notes\n`,
    });
    const environment = { DATABASE_URL: `postgres://reader:hunter2@127.0.0.1:${port}/app` };
    const search = await runCommand(['search', '--config', 'literal.yaml', '--query', 'x'], { folder: own });
    expect(search).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/pgvector:notes: .*ECONNREFUSED/),
    });
    const doctor = await runCommand(['doctor', '--config', 'c.yaml'], { folder: own, environment });
    expect(doctor).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/One thing is wrong:\n .*does not answer/),
    });
    expect(search.stderr + doctor.stdout + doctor.stderr).not.toContain('hunter2');
    const unset = await runCommand(['search', '--config', join(own, 'c.yaml'), '--query', 'x']);
    expect(unset).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('DATABASE_URL, which is not set'),
    });
  });
});

/** A port that was free a moment ago: connections to it are refused. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
