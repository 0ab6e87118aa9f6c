/** The library without a server, in a process of its own: so many callers, each again as soon as it has an answer. */
import { readFileSync } from 'node:fs';
import { loadCrossEncoder } from '@secondpass/core';
import { percentiles } from '@secondpass/evaluation';
import { modelDirectory } from '@secondpass/models';
import type { LoadRequest } from './load.ts';

const [file, callers, seconds] = process.argv.slice(2) as [string, string, string];
const requests = JSON.parse(readFileSync(file, 'utf8')) as readonly LoadRequest[];
const reranker = await loadCrossEncoder(modelDirectory('small'));

const latencies: number[] = [];
const started = performance.now();
const until = started + Number(seconds) * 1000;
await Promise.all(
  Array.from({ length: Number(callers) }, async (_, caller) => {
    for (let turn = caller; performance.now() < until; turn += 1) {
      const { query, documents } = requests[turn % requests.length]!;
      const asked = performance.now();
      await reranker.score({ query, passages: documents });
      latencies.push(performance.now() - asked);
    }
  }),
);
const answersPerSecond = latencies.length / ((performance.now() - started) / 1000);
await reranker.close();
const { p50, p99 } = percentiles(latencies)!;
process.stdout.write(JSON.stringify({ answersPerSecond, latencyMs: { p50, p99 }, failed: 0, wrong: 0 }));
