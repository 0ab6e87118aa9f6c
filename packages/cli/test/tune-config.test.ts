import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { TuningResult } from '@secondpass/tuning';
import { checkOutputs, type TuneFlags } from '../src/commands/tune/tune-flags.ts';
import { writeTunedConfig } from '../src/commands/tune/tuned-config.ts';
import { readConfigFile } from '../src/config/config-file.ts';
import { Secrets } from '../src/secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const environment = { DATABASE_URL: 'postgres://app:hunter2@localhost/app' };
const interval = { mean: 0.02, low: 0.01, high: 0.03 };

/** The result of a tuning that advises `small int8` instead of the setting in use; two settings in total. */
function tuned(
  current: { scorer: string; depth: number; blend: number },
  advised: { depth: number; blend: number },
): TuningResult {
  const measured = { p50Ms: 12, p95Ms: 20, quality: 0.5, gain: interval };
  const estimate = { quality: interval, gain: interval };
  return {
    measure: { name: 'ndcg_cut_10', label: 'nDCG@10' },
    goal: { maxLoss: 0.005 },
    queries: { used: 60, withoutRelevant: 0, withoutCandidates: 0 },
    scorers: [
      { key: 'small int8', model: 'small', precision: 'int8', batchInvariant: true },
      { key: current.scorer, model: current.scorer.split(' ')[0]!, precision: 'fp32', batchInvariant: true },
    ],
    settings: [
      { ...measured, ...current },
      { ...measured, ...advised, scorer: 'small int8' },
    ],
    current: 0,
    advice: { setting: 1, reference: 0, verdicts: [], inSample: estimate, unseen: estimate, chosen: [] },
    timings: [],
  } as unknown as TuningResult;
}

async function write(name: string, written: string, result: TuningResult, out: string) {
  const folder = temporaryFolder({ [name]: written });
  const context = { environment, secrets: new Secrets() };
  const config = await readConfigFile(join(folder, name), context);
  await writeTunedConfig(join(folder, out), config, result, context);
  return {
    text: readFileSync(join(folder, out), 'utf8'),
    config: await readConfigFile(join(folder, out), context),
    files: readdirSync(folder).sort(),
  };
}

const yaml = `# of the shop
source:
  adapter: pgvector
  url: \${DATABASE_URL}   # from the vault
  table: articles
reranker:
  model: ./large
  maxBatchTokens: 4096
  longPassages: chunk-max
depth: 200 # as deep as it gets
topK: 10
`;

describe('the written configuration', () => {
  test('keeps the weights that the models of a cascade state', async () => {
    const stages = '[{ reranker: { model: nano } }, { reranker: { model: small }, best: 10 }]';
    const cascade = yaml.replace(/reranker:\n( {2}.*\n)+/, `reranker:\n  cascade: ${stages}\n`);
    const inUse = { scorer: 'nano, then small', depth: 200, blend: 0 };
    const shallower = tuned(inUse, { depth: 50, blend: 0 });
    const settings = shallower.settings.map((setting) => ({ ...setting, scorer: inUse.scorer }));
    const kept = await write('cascade.yaml', cascade, { ...shallower, settings }, 'tuned.yaml');
    expect(kept.config).toMatchObject({ depth: 50, reranker: { cascade: expect.any(Array) } });
    expect(kept.config.blend).toBeUndefined();
    const replaced = await write('cascade.yaml', cascade, shallower, 'tuned.yaml');
    expect(replaced.config).toMatchObject({ blend: 0, reranker: { model: 'small' } });
    expect(replaced.config.reranker.cascade).toBeUndefined();
  });

  test('has the advised setting, and keeps variables, comments and what was not tuned', async () => {
    const result = tuned({ scorer: './large fp32', depth: 200, blend: 0 }, { depth: 50, blend: 0.3 });
    const { text, config, files } = await write('secondpass.config.yaml', yaml, result, 'tuned.yaml');
    expect(config).toMatchObject({
      depth: 50,
      topK: 10,
      blend: 0.3,
      reranker: { model: 'small', precision: 'int8', longPassages: 'chunk-max' },
    });
    expect(config.reranker.maxBatchTokens).toBeUndefined();
    expect(text).toMatch(/url: \$\{DATABASE_URL\} # from the vault/);
    expect(text).not.toContain('hunter2');
    expect(text).toContain('# of the shop');
    expect(text).toMatch(/^# Written by "secondpass tune" from secondpass\.config\.yaml/);
    expect(text).toMatch(/depth: 50 # candidates read by stage 2; stage 2: 12 ms/);
    expect(files).toEqual(['secondpass.config.yaml', 'tuned.yaml']);
  });

  test('comes from a JSON configuration as YAML, with a blend of 0 where stage 2 decides alone', async () => {
    const json = JSON.stringify({
      source: { adapter: 'pgvector', directory: 'data', table: 't' },
      blend: 0.5,
    });
    const result = tuned({ scorer: 'small int8', depth: 100, blend: 0.5 }, { depth: 20, blend: 0 });
    const { text, config } = await write('secondpass.config.json', json, result, 'tuned.yaml');
    expect(config).toMatchObject({ depth: 20, reranker: { model: 'small' } });
    expect(config.blend).toBe(0);
    expect(text).toMatch(/^source:\n {2}adapter: pgvector$/m);
  });

  test('of a service is one of a local model, where that is advised', async () => {
    const remote = yaml.replace(
      /reranker:[\s\S]*?depth/,
      'reranker:\n  remote: { service: tei, url: "http://localhost:8080" }\ndepth',
    );
    const result = tuned({ scorer: 'tei fp32', depth: 200, blend: 0 }, { depth: 50, blend: 0 });
    const { config } = await write('secondpass.config.yaml', remote, result, 'tuned.yaml');
    expect(config.reranker).toEqual(expect.objectContaining({ model: 'small', precision: 'int8' }));
    expect(config.reranker.remote).toBeUndefined();
  });
});

describe('what is to be written is refused before the work begins', () => {
  const folder = temporaryFolder({ 'c.yaml': 'x', 'old.yaml': 'x', 'old.html': 'x', 'sub/c.yaml': 'x' });
  const flags = (more: Partial<TuneFlags>): TuneFlags => ({
    config: join(folder, 'c.yaml'),
    collection: folder,
    measure: 'ndcg_cut_10',
    rounds: 5,
    seed: 0,
    ...more,
  });
  test.each([
    ['a file that exists', { out: join(folder, 'old.yaml') }, /exists.* --force/],
    ['a report that exists', { report: join(folder, 'old.html') }, /exists.* --force/],
    ['a folder that does not', { report: join(folder, 'none/r.html') }, /does not exist/],
    ['another folder than the configuration', { out: join(folder, 'sub/t.yaml') }, /another folder/],
    ['the configuration in use', { out: join(folder, 'c.yaml'), force: true as const }, /in use/],
    ['a name that says something else', { out: join(folder, 't.toml') }, /\.yaml or \.yml/],
  ])('%s', async (_, more, expected) => {
    await expect(checkOutputs(flags(more))).rejects.toThrow(expected);
  });

  test('with --force a file that exists is taken', async () => {
    await expect(
      checkOutputs(flags({ out: join(folder, 'old.yaml'), report: join(folder, 'old.html'), force: true })),
    ).resolves.toBeUndefined();
  });
});
