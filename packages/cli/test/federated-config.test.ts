import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { indexDocuments } from '@secondpass/core';
import { openSource } from '../src/adapters/open-source.ts';
import { readConfigFile } from '../src/config/config-file.ts';
import { Secrets } from '../src/secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const notes = 'source: { adapter: pgvector, directory: data/notes, table: notes, match: text }';
const both = `
source:
  adapter: federated
  minimumSources: 1
  sources:
    - source: { adapter: pgvector, directory: data/notes, table: notes, match: text }
      idPrefix: note/
    - source: { adapter: elastic, url: "http://127.0.0.1:9", index: gone, match: text }
`;

// An embedded database starts twice, which takes long on a busy machine.
test('a database of several is searched, and the one that is down is named', async () => {
  const folder = temporaryFolder({ 'notes.yaml': notes, 'both.yaml': both });
  const read = (name: string) =>
    readConfigFile(join(folder, `${name}.yaml`), { environment: {}, secrets: new Secrets() });
  const documents = [{ id: 'paris', text: 'Paris is the capital of France.' }];
  const embedder = { name: 'e', dimensions: 1, embed: async () => [Float32Array.of(1)] };
  const filled = await openSource(await read('notes'));
  await indexDocuments({ documents, embedder, writer: filled.writer });
  await filled.close();

  const { source, close } = await openSource(await read('both'));
  const told: string[] = [];
  const found = await source.search({
    query: { text: 'capital of France' },
    depth: 5,
    onDegraded: ({ reason }) => told.push(reason),
  });
  await close();
  expect(source.input).toBe('text');
  expect(found).toMatchObject([{ id: 'note/paris', foundBy: [{ source: 'pgvector:notes', rank: 1 }] }]);
  expect(told).toEqual([
    expect.stringContaining('1 of 2 sources answered: elastic:gone failed (source-unreachable)'),
  ]);
}, 300_000);

test('several sources are filled and copied one by one', async () => {
  const text = `
source:
  adapter: federated
  sources:
    - source: { adapter: elastic, url: "http://127.0.0.1:9", index: a, match: text }
    - source: { adapter: elastic, url: "http://127.0.0.1:9", index: b, match: text }
`;
  const folder = temporaryFolder({ 'c.yaml': text });
  const config = await readConfigFile(join(folder, 'c.yaml'), { environment: {}, secrets: new Secrets() });
  const { source, writer, reader, close } = await openSource(config);
  expect(source).toMatchObject({ name: 'elastic:a+elastic:b', input: 'text' });
  const refused = { code: 'invalid-options', message: expect.stringContaining('not filled or copied') };
  await expect(writer.prepare({ dimensions: 3 })).rejects.toMatchObject(refused);
  await expect(reader.count()).rejects.toMatchObject(refused);
  await expect(reader.read()[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  await close();
});

test.each([
  [
    'sources[0].source.tabel is not an option',
    'sources:\n    - source: { adapter: pgvector, directory: d, tabel: t }',
  ],
  [
    'sources[1].timeout is not an option',
    'sources:\n    - source: { adapter: pgvector, directory: d, table: t }',
  ],
  ['sources is a list of 0. Use a list of at least 2', 'sources: []'],
  [
    'mergeBy is "url". Use id, text or { payload: FIELD }',
    'mergeBy: url\n  sources:\n    - source: { adapter: pgvector, url: "postgres://127.0.0.1:9/a", table: t }',
  ],
  [
    'minimumSources is 9',
    'minimumSources: 9\n  sources:\n    - source: { adapter: pgvector, url: "postgres://127.0.0.1:9/a", table: t }',
  ],
])('a mistake is named where it stands: source.%s', async (words, settings) => {
  const timeout = words.includes('timeout') ? 'timeout' : 'timeoutMs';
  const second = `    - { source: { adapter: pgvector, url: "postgres://127.0.0.1:9/a", table: u }, ${timeout}: 100 }\n`;
  const text = `source:\n  adapter: federated\n  ${settings}\n${settings.endsWith('[]') ? '' : second}`;
  const folder = temporaryFolder({ 'secondpass.config.yaml': text });
  const opening = readConfigFile(join(folder, 'secondpass.config.yaml'), {
    environment: {},
    secrets: new Secrets(),
  }).then(openSource);
  await expect(opening).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining(`source.${words}`),
  });
});
