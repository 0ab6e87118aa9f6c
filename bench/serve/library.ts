/** The library without a server, in a process of its own: so many callers, each again as soon as it has an answer. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadCrossEncoder } from '@secondpass/core';
import { percentiles } from '@secondpass/evaluation';
import { modelDirectory } from '@secondpass/models';
import type { LoadRequest } from './load.ts';

const [file, callers, seconds] = process.argv.slice(2) as [string, string, string];
const requests = JSON.parse(readFileSync(file, 'utf8')) as readonly LoadRequest[];
const reranker = await loadCrossEncoder(modelDirectory('small'));

const latencies: number[] = [];
const stop = new AbortController();
const callersDone = Promise.allSettled(
  Array.from({ length: Number(callers) }, async (_, caller) => {
    for (let turn = caller; !stop.signal.aborted; turn += 1) {
      const { query, documents } = requests[turn % requests.length]!;
      const asked = performance.now();
      await reranker.score({ query, passages: documents, signal: stop.signal });
      latencies.push(performance.now() - asked);
    }
  }),
);
// What is not answered by the end does not count, as with autocannon.
await sleep(Number(seconds) * 1000);
const answersPerSecond = latencies.length / Number(seconds);
const { p50, p99 } = percentiles(latencies) ?? { p50: 0, p99: 0 };
stop.abort();
await callersDone;
await reranker.close();
process.stdout.write(JSON.stringify({ answersPerSecond, latencyMs: { p50, p99 }, failed: 0, wrong: 0 }));
