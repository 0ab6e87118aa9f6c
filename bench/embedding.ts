/**
 * Passages per second of bi-encoders on this machine: the same files, the same texts, the same cores, in turns. How, and
 * what came out: docs/embedders.md.
 *
 *     node bench/embedding.ts [--against ours,fastembed,…] [--precisions fp32,int8] [--passages 256] [--rounds 7]
 *         [--minutes 30] [--cores 2] [--json FILE] [--docs]
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Precision } from '@secondpass/core';
import { cpuQuota } from '@secondpass/runtime-onnx';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { installPeerPackages } from './cross-encoder/peer-packages.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { writeDocsSection } from './docs-section.ts';
import { embeddingContenders } from './embedding/contenders.ts';
import { embedderDirectory, prepareEmbedder } from './embedding/embedder-files.ts';
import { type EmbeddingReport, embeddingSection, embeddingTable } from './embedding/embedding-report.ts';
import { measureEmbedders } from './embedding/measure-embedders.ts';
import { describeMachine } from './machine.ts';

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    precisions: { type: 'string', default: 'fp32,int8' },
    passages: { type: 'string', default: '256' },
    rounds: { type: 'string', default: '7' },
    minutes: { type: 'string', default: '30' },
    cores: { type: 'string', default: String(Math.max(1, Math.min(2, Math.floor(cpuQuota())))) },
    json: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
});
const names = embeddingContenders.map(({ name }) => name);
const against = values.against?.split(',') ?? names;
const unknown = against.find((name) => !names.includes(name));
if (unknown !== undefined) throw new Error(`--against has no ${unknown}. It may list: ${names.join(', ')}.`);

const loadBefore = loadavg()[0]!;
const packages = installPeerPackages();
await prepareEmbedder('executable' in packages.python ? packages.python.executable : 'python3');
const texts = await MadeUpTexts.open(embedderDirectory);
const lengths = workloads['W1']!.pairLengths(Number(values.passages));
const cores = Number(values.cores);
const result = await measureEmbedders(
  embeddingContenders.filter(({ name }) => against.includes(name)),
  values.precisions.split(',') as Precision[],
  packages,
  {
    cores,
    rounds: Number(values.rounds),
    budgetMs: Number(values.minutes) * 60_000,
    passagesOf: (round) => texts.passages(lengths, 100 + round),
  },
  (line) => console.error(line),
);
const report: EmbeddingReport = {
  measured: new Date().toISOString().slice(0, 10),
  machine: describeMachine(),
  cores,
  loadBefore,
  passages: lengths.length,
  meanTokens: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
  ...result,
};
console.log(embeddingTable(report.rows));
for (const { what, reason } of report.notRun) console.log(`not run: ${what}: ${reason}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.docs) writeDocsSection('embedders.md', 'embedding', embeddingSection(report));
