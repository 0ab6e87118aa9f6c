import { loadavg } from 'node:os';
import { type Percentiles, percentiles } from '@secondpass/evaluation';
import type { ScaleServer } from './server.ts';

export interface LoadRequest {
  readonly server: Pick<ScaleServer, 'cpuSeconds'>;
  /** Each asks again as soon as it has an answer. */
  readonly callers: number;
  readonly queries: readonly string[];
  /** The load ends after so many seconds, or when each query was asked once. */
  readonly seconds: number;
  readonly ask: (query: string) => Promise<unknown>;
}

export interface Load {
  readonly callers: number;
  readonly answers: number;
  readonly answersPerSecond: number;
  readonly latencyMs: Percentiles;
  /** Processor seconds for 1,000 queries: this process's, and the engine's. */
  readonly coreSecondsPer1000: { readonly ours: number; readonly engine: number };
  /** Of the whole machine in the minute before the end: above its cores, times are those of a busy machine. */
  readonly loadAverage: number;
}

/** So many callers in a closed loop; what it took them, us and the engine. */
export async function measureLoad({ server, callers, queries, seconds, ask }: LoadRequest): Promise<Load> {
  const latencies: number[] = [];
  const engineBefore = await server.cpuSeconds();
  const oursBefore = process.cpuUsage();
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (next < queries.length && performance.now() - started < seconds * 1000) {
        const query = queries[next]!;
        next += 1;
        const asked = performance.now();
        await ask(query);
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const lasted = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(oursBefore);
  const engine = (await server.cpuSeconds()) - engineBefore;
  const per1000 = 1000 / latencies.length;
  return {
    callers,
    answers: latencies.length,
    answersPerSecond: latencies.length / lasted,
    latencyMs: percentiles(latencies)!,
    coreSecondsPer1000: { ours: ((user + system) / 1e6) * per1000, engine: engine * per1000 },
    loadAverage: loadavg()[0]!,
  };
}
