import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exampleTimeoutMs, runExampleProgram, runSecondpass } from '../example-programs.ts';

const program = 'own-judged-queries/evaluate.ts';
const folder = join(import.meta.dirname, '../../examples/own-judged-queries');

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'secondpass-judged-'));
});
afterAll(() => rm(work, { recursive: true }));

test(
  'the example prints the means that `secondpass eval` finds for the same folder',
  async () => {
    const config = join(work, 'secondpass.config.json');
    const source = { adapter: 'pgvector', directory: join(work, 'index'), table: 'passages' };
    const models = { embedder: { model: 'bi-encoder' }, reranker: { model: 'small' } };
    await writeFile(config, JSON.stringify({ source, ...models, depth: 100 }));
    await runSecondpass({}, 'index', '--config', config, '--corpus', join(folder, 'corpus.jsonl'));
    const measures = ['--measures', 'ndcg_cut_10,recip_rank_cut_10,P_1'];
    const evaluated = await runSecondpass(
      {},
      ...['eval', '--config', config, '--collection', folder, ...measures, '--json'],
    );
    const [stage1, stage2] = JSON.parse(evaluated.stdout).runs;

    const { stdout, stderr } = await runExampleProgram(program, {});
    expect(stderr).toBe('');
    const means = [...stdout.matchAll(/^(\w+): (\d\.\d+) → (\d\.\d+) /gm)];
    expect(means.map(([, measure, before, after]) => [measure, Number(before), Number(after)])).toEqual(
      Object.keys(stage1.means).map((measure) => [
        measure,
        Number(stage1.means[measure].toFixed(3)),
        Number(stage2.means[measure].toFixed(3)),
      ]),
    );
    // On twelve queries the two stages differ by noise; a reranker that does not work is far below this.
    expect(stage2.means.ndcg_cut_10).toBeGreaterThan(0.9);
  },
  exampleTimeoutMs,
);

test(
  'it names the queries that reranking makes worse',
  async () => {
    for (const file of ['corpus.jsonl', 'queries.jsonl']) {
      await copyFile(join(folder, file), join(work, file));
    }
    // Grades are turned around, so that a better order counts as a worse one.
    const qrels = await readFile(join(folder, 'qrels.tsv'), 'utf8');
    const turned = qrels.replaceAll(/\t([02])$/gm, (_, grade) => `\t${2 - Number(grade)}`);
    await writeFile(join(work, 'qrels.tsv'), turned);
    const { stdout } = await runExampleProgram(program, {}, work);
    expect(stdout).toMatch(/^ndcg_cut_10: .*worse [1-9]\d*\n {2}worse: q\d/);
  },
  exampleTimeoutMs,
);
