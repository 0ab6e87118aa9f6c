import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Embedder, type Ranking, type Reranker, TwoStageRetriever } from '@secondpass/core';
import { failoverReranker } from '@secondpass/core/rerankers';
import { remoteReranker } from '@secondpass/reranker-remote';
import { type CallersReport, runCallers } from './callers.ts';
import { type Fault, FaultProxy } from './fault-proxy.ts';
import type { BenchDatabase } from './open-database.ts';
import { type ProcessReport, watchProcess } from './watch-process.ts';

export interface FaultRunOptions {
  readonly database: BenchDatabase;
  readonly embedder: Embedder;
  /** Answers where the remote one does not. */
  readonly local: Reranker;
  /** Served by a process of its own, as the remote reranker. */
  readonly remoteModel: string;
  readonly queries: readonly string[];
  readonly callers: number;
  readonly secondsPerFault: number;
}

export interface FaultPhase extends CallersReport {
  readonly what: string;
}

const faults: readonly (readonly [what: 'database' | 'remote reranker', Fault])[] = [
  ['remote reranker', { kind: 'slow', delayMs: 3_000 }],
  ['remote reranker', { kind: 'cut', afterBytes: 400 }],
  ['remote reranker', { kind: 'silent' }],
  ['remote reranker', { kind: 'stopped' }],
  ['database', { kind: 'slow', delayMs: 500 }],
  ['database', { kind: 'cut', afterBytes: 2_000 }],
  ['database', { kind: 'silent' }],
  ['database', { kind: 'stopped' }],
];

/** Breaks one thing after another under callers who go on asking, with a pause of health in between. */
export async function runFaults(
  request: FaultRunOptions,
): Promise<{ phases: readonly FaultPhase[]; process: ProcessReport }> {
  const { database, embedder, local, queries, callers, secondsPerFault } = request;
  const server = fork(fileURLToPath(new URL('./scoring-server.mjs', import.meta.url)), [request.remoteModel]);
  const [port] = (await once(server, 'message')) as [number];
  const proxy = await FaultProxy.open('127.0.0.1', port);
  const remote = await remoteReranker({
    service: 'tei',
    url: `http://127.0.0.1:${proxy.port}`,
    timeoutMs: 2_000,
    totalTimeoutMs: 2_500,
    retries: 1,
    concurrency: 8,
  });
  const retriever = new TwoStageRetriever({
    source: database.opened.source,
    embedder,
    reranker: failoverReranker({
      rerankers: [
        { reranker: remote, timeoutMs: 2_500, circuit: { failures: 3, probeAfterMs: 1_000 } },
        { reranker: local, timeoutMs: 20_000 },
      ],
    }),
    depth: 20,
    topK: 10,
    timeoutMs: 10_000,
    onRerankFailure: 'keep-stage-1',
  });
  const watched = watchProcess();
  const phases: FaultPhase[] = [];
  const phase = async (what: string) => {
    const report = await runCallers({
      retriever,
      queries,
      callers,
      seconds: secondsPerFault,
      check: checkOrder,
      hangsAfterMs: 15_000,
    });
    phases.push({ what, ...report });
  };
  try {
    await phase('healthy');
    for (const [what, fault] of faults) {
      const broken = what === 'database' ? database.proxy : proxy;
      if (!broken) continue;
      broken.set(fault);
      await phase(`${what} ${describe(fault)}`);
      broken.set({ kind: 'none' });
    }
    // The breaker probes after a second, and callers may still wait for what was silent.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await phase('healthy again');
  } finally {
    await remote.close?.();
    await proxy.close();
    server.disconnect();
  }
  return { phases, process: watched() };
}

/** An order is right when it is by raw score, or stage 1's own and says so. */
function checkOrder({ hits, rerankedBy, degraded }: Ranking): void {
  const raw = hits.map(({ rawScore }) => rawScore);
  if (rerankedBy === null) {
    if (!degraded) throw new Error('stage 1 order without saying so');
    if (hits.some(({ rank, candidate }) => rank !== candidate.rank)) throw new Error('neither order');
    return;
  }
  for (const [index, score] of raw.entries()) {
    if (score === undefined) throw new Error('a hit without a score');
    if (index > 0 && raw[index - 1]! < score) throw new Error('not ordered by score');
  }
}

function describe(fault: Fault): string {
  if (fault.kind === 'slow') return `${fault.delayMs} ms slow`;
  if (fault.kind === 'cut') return `cut after ${fault.afterBytes} bytes of an answer`;
  return fault.kind;
}
