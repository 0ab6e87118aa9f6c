/**
 * Times each engine that is there: how fast our writer fills it, and how long a stage-1 search at depth 100 takes through
 * our adapter and through the bare client, the two in turns. Writes results/DATE-engines.json.
 *
 *     PGVECTOR_URL=… ELASTIC_URL=… QDRANT_URL=… node bench/engines.ts [DOCUMENTS]
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openElastic } from './engines/elastic.ts';
import type { BenchEngine } from './engines/engine.ts';
import { openPgvector } from './engines/pgvector.ts';
import { openQdrant } from './engines/qdrant.ts';
import { clusteredVectors, dimensions, documents } from './engines/vectors.ts';
import { describeMachine } from './machine.ts';

const results = fileURLToPath(new URL('./results/', import.meta.url));
const count = Number(process.argv[2] ?? 100_000);
const depth = 100;
const searches = 300;
const batchSize = 500;

async function fill({ writer }: BenchEngine): Promise<{ writeSeconds: number; finishSeconds: number }> {
  await writer.prepare({ dimensions });
  let batch = [];
  const started = performance.now();
  for (const document of documents(count)) {
    batch.push(document);
    if (batch.length < batchSize) continue;
    await writer.write(batch);
    batch = [];
  }
  if (batch.length > 0) await writer.write(batch);
  const written = performance.now();
  await writer.finish();
  return { writeSeconds: (written - started) / 1000, finishSeconds: (performance.now() - written) / 1000 };
}

async function search({ source, bareSearch }: BenchEngine) {
  const next = clusteredVectors(2);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let turn = 0; turn < searches + 20; turn += 1) {
    const vector = next();
    const byUs = async () => {
      const started = performance.now();
      const found = await source.search({ query: { text: 'q', vector }, depth });
      ours.push(performance.now() - started);
      if (found.length !== depth) throw new Error(`${source.name} found ${found.length}`);
    };
    const byBareClient = async () => {
      const started = performance.now();
      const found = await bareSearch(vector, depth);
      bare.push(performance.now() - started);
      if (found !== depth) throw new Error(`the bare client found ${found}`);
    };
    // Whoever is second finds the pages warm, so they take turns at being first.
    for (const one of turn % 2 === 0 ? [byUs, byBareClient] : [byBareClient, byUs]) await one();
  }
  return { ours: percentiles(ours.slice(20)), bare: percentiles(bare.slice(20)) };
}

function percentiles(values: readonly number[]): { p50: number; p95: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(3));
  return { p50: at(0.5), p95: at(0.95) };
}

const measured = [];
for (const open of [openPgvector, openElastic, openQdrant]) {
  const engine = await open(`bench_${randomUUID().replaceAll('-', '')}`);
  if (!engine) continue;
  try {
    const { writeSeconds, finishSeconds } = await fill(engine);
    const searchMs = await search(engine);
    measured.push({
      engine: engine.name,
      writeSeconds,
      finishSeconds,
      documentsPerSecond: Math.round(count / (writeSeconds + finishSeconds)),
      searchMs,
      overheadMs: Number((searchMs.ours.p50 - searchMs.bare.p50).toFixed(3)),
      overheadShare: Number((searchMs.ours.p50 / searchMs.bare.p50 - 1).toFixed(4)),
    });
  } finally {
    await engine.close();
  }
}
if (measured.length === 0) {
  process.stderr.write('No engine: set PGVECTOR_URL, ELASTIC_URL or QDRANT_URL.\n');
  process.exit(2);
}
const outcome = {
  measured: new Date().toISOString().slice(0, 10),
  machine: describeMachine(),
  documents: count,
  dimensions,
  depth,
  searches,
  engines: measured,
};
mkdirSync(results, { recursive: true });
writeFileSync(join(results, `${outcome.measured}-engines.json`), `${JSON.stringify(outcome, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
