import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { openSource } from '../src/adapters/open-source.ts';
import { readConfigFile } from '../src/config/config-file.ts';
import { Secrets } from '../src/secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const good = `
source:
  adapter: pgvector
  url: \${DATABASE_URL}
  table: articles
`;
const environment = { DATABASE_URL: 'postgres://reader:s3cret@db.example:5432/app', EMPTY: '' };

async function read(text: string, name = 'secondpass.config.yaml', secrets = new Secrets()) {
  const folder = temporaryFolder({ [name]: text });
  return readConfigFile(join(folder, name), { environment, secrets });
}

/** Of the file, or of its `source` block, which its adapter checks when it opens. */
async function problemOf(text: string, name?: string): Promise<string> {
  const opening = read(text, name).then(openSource);
  const error = await opening.then(
    ({ close }) => close(),
    (reason: unknown) => reason,
  );
  if (!RetrievalError.is(error)) throw new Error(`expected a RetrievalError, got ${String(error)}`);
  expect(error.code).toBe('invalid-config');
  return error.message;
}

describe('a sound configuration', () => {
  test('has its defaults, and its variables put in', async () => {
    const { source, embedder, reranker, depth, topK, timeoutMs, onRerankFailure } = await read(good);
    expect(source).toEqual({ url: environment.DATABASE_URL, table: 'articles' });
    expect({ embedder, reranker, depth, topK, timeoutMs, onRerankFailure }).toEqual({
      embedder: { model: 'bi-encoder' },
      reranker: { model: 'small' },
      depth: 100,
      topK: 10,
      timeoutMs: 30_000,
      onRerankFailure: 'throw',
    });
  });

  test('may be JSON or TypeScript', async () => {
    const value = { source: { adapter: 'pgvector', directory: 'data', table: 't' }, depth: 20 };
    expect((await read(JSON.stringify(value), 'secondpass.config.json')).depth).toBe(20);
    const typed = `const depth: number = 30;\nexport default { ...${JSON.stringify(value)}, depth };`;
    expect((await read(typed, 'secondpass.config.ts')).depth).toBe(30);
  });

  test('has its paths taken from its own folder', async () => {
    const config = await read('source: { adapter: pgvector, directory: data/here, table: t }');
    expect(config.source['directory']).toBe(join(config.folder, 'data/here'));
  });

  test('takes a number from a variable, and a value for one that is not set', async () => {
    const config = await read(`${good}depth: \${DEPTH:-40}\ntopK: \${EMPTY:-5}\n`);
    expect([config.depth, config.topK]).toEqual([40, 5]);
  });

  test('gives an adapter numbers and flags from variables, and text where a secret is', async () => {
    const { source } = await read(
      `${good}  efSearch: \${DEPTH:-40}\n  preparedStatements: \${EMPTY:-false}\n  name: n\${DEPTH:-40}\n  apiKey: \${EMPTY:-7}\n`,
    );
    expect(source).toMatchObject({ efSearch: 40, preparedStatements: false, name: 'n40', apiKey: '7' });
  });

  test('hides what came from variables', async () => {
    const secrets = new Secrets();
    await read(good, 'secondpass.config.yaml', secrets);
    expect(secrets.redact(`no route to ${environment.DATABASE_URL}; password "s3cret" refused`)).toBe(
      `no route to \${DATABASE_URL}; password "***" refused`,
    );
  });
});

describe('an unsound configuration names key, value and what was expected', () => {
  test.each([
    [
      'a misspelt key',
      `${good}rerankr: { model: small }`,
      /:6: rerankr is not a known key; did you mean "reranker"\?/,
    ],
    ['a key of another tool', `${good}source2: 1`, /source2 is not a known key; did you mean "source"\?/],
    [
      'a misspelt key of the adapter',
      `${good}  ef_search: 3`,
      /:6: source\.ef_search is not an option\. Did you mean efSearch\?/,
    ],
    [
      'a word for a number',
      `${good}depth: many`,
      /:6: depth is "many", and an? (integer|number) was expected/,
    ],
    ['a number out of range', `${good}depth: 0`, /depth is 0, and a number from 1 was expected/],
    [
      'a wrong choice',
      `${good}onRerankFailure: shrug`,
      /onRerankFailure is "shrug", and "throw" or "keep-stage-1"/,
    ],
    ['topK above depth', `${good}depth: 5\ntopK: 6`, /:7: topK is 6, and depth is 5/],
    [
      'a budget above the timeout',
      `${good}timeoutMs: 500\nlatencyBudgetMs: 501`,
      /:7: latencyBudgetMs is 501, and timeoutMs is 500/,
    ],
    ['no source', 'depth: 5', /source is missing, and a block of keys was expected/],
    ['nothing', '', /the file is null, and a block of keys was expected/],
    [
      'an unknown adapter',
      'source: { adapter: oracle }',
      /source\.adapter is "oracle".*"elastic", "pgvector", "qdrant"/,
    ],
    [
      'no table',
      'source: { adapter: pgvector, directory: x }',
      /:1: source\.table is missing\. Use a table name/,
    ],
    ['two places', `${good}  directory: x`, /:6: source\.directory is given, and so is url/],
    ['no place', 'source: { adapter: pgvector, table: x }', /source: url, directory and memory are missing/],
    [
      'an unset variable',
      `${good}  name: \${NAME_OF_IT}`,
      /source\.name needs the environment variable NAME_OF_IT, which is not set/,
    ],
    ['an empty variable', `${good}  name: \${EMPTY}`, /environment variable EMPTY, which is empty/],
    ['bad YAML', 'source: [', /:\d+:\d+: The file cannot be parsed/],
    ['an unquoted variable in braces', `source: { url: \${X} }`, /must be quoted/],
  ])('%s', async (_, text, expected) => {
    expect(await problemOf(text)).toMatch(expected);
  });

  test('all of them at once', async () => {
    const message = await problemOf(`${good}depth: many\ntopk: 4\n`);
    expect(message).toMatch(/There are 2 mistakes:\n {2}line 6: depth .*\n {2}line 7: topk .*"topK"/);
  });

  test('without showing a password', async () => {
    const message = await problemOf('source: { adapter: pgvector, url: "mysql:root:hunter2@x", table: t }');
    expect(message).toMatch(/source\.url is not usable\. Use a URL such as postgres/);
    expect(message).not.toContain('hunter2');
  });

  test.each(['elastic', 'qdrant'])('without showing an API key of %s', async (adapter) => {
    const secrets = new Secrets();
    const text = `source: { adapter: ${adapter}, url: "http://x", apiKey: hunter2, headers: { a: hunter3 } }`;
    const config = await read(text, 'secondpass.config.yaml', secrets);
    const error = await openSource(config).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-config', problem: expect.stringMatching(/^source\./) });
    expect(secrets.redact(`${error} hunter2 hunter3`)).not.toContain('hunter');
  });

  test('a file of another kind, a missing file, and one that is no module', async () => {
    expect(await problemOf('', 'secondpass.toml')).toMatch(/cannot be read from a \.toml file/);
    expect(await problemOf('export const x = 1;', 'secondpass.config.ts')).toMatch(/no default export/);
    const missing = readConfigFile('/nowhere/secondpass.yaml', { environment, secrets: new Secrets() });
    await expect(missing).rejects.toMatchObject({
      code: 'invalid-config',
      problem: 'This path does not exist.',
    });
  });
});

test('an integer that a number would round is refused by its key and its digits', async () => {
  const message = await problemOf(`${good}depth: 9007199254740993\n`);
  expect(message).toContain('depth');
  expect(message).toContain('9007199254740993');
  expect(await problemOf(`${good}  poolSize: 1784530912236650497\n`)).toContain('poolSize');
});
