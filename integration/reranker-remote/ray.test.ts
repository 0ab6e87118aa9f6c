/** A real Ray Serve and a real Ray Data job, by the programs in `examples/ray`: they must score as the same model does here. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
import { remoteReranker } from '@secondpass/reranker-remote';
import { describeEngine } from '../engines.ts';
import { servedModel } from '../services/inference-servers.ts';
import { startRayServe } from '../services/ray.ts';
import { longPassages, manyPassages, query } from './served-texts.ts';

// A cluster starts some ten processes of Python.
jest.setTimeout(600_000);

const tolerance = 1e-3;
const example = (name: string) => fileURLToPath(new URL(`../../examples/ray/${name}`, import.meta.url));

describeEngine('ray', await startRayServe(), (server) => {
  let local: CrossEncoder;
  let folder: string;
  beforeAll(async () => {
    local = await loadCrossEncoder(servedModel, { precision: 'fp32' });
    folder = await mkdtemp(join(tmpdir(), 'secondpass-ray-'));
  });
  afterAll(async () => {
    await server.stop();
    await local?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  const expectOwnScores = (found: readonly number[], expected: readonly { rawScore: number }[]) => {
    expect(found).toHaveLength(expected.length);
    const differences = found.map((rawScore, index) => Math.abs(rawScore - expected[index]!.rawScore));
    expect(Math.max(...differences)).toBeLessThan(tolerance);
  };

  test('Ray Serve scores as the local model does, also what is cut, and in lists above its limit', async () => {
    const remote = await remoteReranker({ service: 'tei', url: server.url, timeoutMs: 120_000 });
    const texts = [...manyPassages, ...longPassages.slice(0, 2), 'harbour '.repeat(2000)];
    for (const asked of [query, 'harbour '.repeat(600)]) {
      const scores = await remote.score({ query: asked, passages: texts });
      const rawScores = scores.map(({ rawScore }) => rawScore);
      expectOwnScores(rawScores, await local.score({ query: asked, passages: texts }));
    }
    const many = Array.from({ length: 70 }, (_, index) => `A ship of ${index} tons.`);
    const scores = await remote.score({ query, passages: many });
    const rawScores = scores.map(({ rawScore }) => rawScore);
    expectOwnScores(rawScores, await local.score({ query, passages: many }));
  });

  test('a Ray Data job ranks as the local model does, and tells which query it cannot read', async () => {
    const documents = manyPassages.map((text, index) => ({ id: `d${index}`, text }));
    const lines = [
      { id: 'harbour', text: query, documents },
      { id: 'empty', text: ' ', documents },
      { id: 'bread', text: 'how is bread baked', documents: documents.slice(0, 5) },
    ];
    const input = join(folder, 'queries.jsonl');
    const output = join(folder, 'ranked');
    await writeFile(input, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    const run = (...words: readonly string[]) =>
      promisify(execFile)(server.python, [...words], { env: { ...process.env, ...server.environment } });
    await run(example('rerank_dataset.py'), input, output, '--workers', '1');
    const asJson = join(folder, 'ranked.json');
    await run(
      '-c',
      `import sys, pyarrow.parquet as p; p.read_table(sys.argv[1]).to_pandas().to_json(sys.argv[2], orient="records", double_precision=15)`,
      ...[output, asJson],
    );
    const rows = JSON.parse(await readFile(asJson, 'utf8')) as Row[];
    for (const { id, text, documents: given } of lines.filter(({ text }) => text !== ' ')) {
      const expected = await local.score({ query: text, passages: given.map((document) => document.text) });
      const found = rows.filter((row) => row.query === id);
      expect(found.map(({ rank }) => rank)).toEqual(given.map((_, index) => index + 1));
      const inOrder = [...found].sort((one, other) => Number(one.id!.slice(1)) - Number(other.id!.slice(1)));
      expectOwnScores(
        inOrder.map(({ raw_score }) => raw_score!),
        expected,
      );
      const rawScores = found.map(({ raw_score }) => raw_score!);
      expect(rawScores).toEqual([...rawScores].sort((one, other) => other - one));
    }
    expect(rows.filter((row) => row.query === 'empty')).toMatchObject([
      { rank: null, problem: 'ValueError: A text is empty.' },
    ]);
  });
});

interface Row {
  readonly query: string;
  readonly rank: number | null;
  readonly id: string | null;
  readonly raw_score: number | null;
  readonly problem: string | null;
}
