import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { elasticFromConfig } from '@secondpass/adapter-elastic';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { describeMachine } from '../machine.ts';
import { checkTheCheck } from './check-the-check.ts';
import { liveThrough } from './daily-life.ts';
import { elasticInShare } from './elastic-in-share.ts';
import { LimitedShare } from './limited-share.ts';
import { askOnce, closedLoop, openLoop } from './open-loop.ts';
import { PostgresContainer } from './postgres-container.ts';
import { RunLog } from './run-log.ts';
import { ServerPair } from './server-pair.ts';
import { soakSources, writeConfigs } from './soak-configs.ts';
import { type SoakDocuments, soakDocuments } from './soak-documents.ts';
import type { SearchAnswer } from './truth.ts';
import { startWriter } from './writer-process.ts';

export interface SoakOptions {
  readonly hours: number;
  /** Of what the servers can answer. */
  readonly share: number;
  /** For servers, writer and engines together. */
  readonly cores: number;
  /** For how long the capacity is measured. */
  readonly capacitySeconds: number;
  /** Where everything is written. */
  readonly folder: string;
}

/** Documents of each source that come and go, there at a time. */
const changing = 60;

/** Two servers over two engines in a small part of this machine, for hours, with what happens to a service in its life. */
export async function runSoak(options: SoakOptions): Promise<void> {
  const { hours, share: loadShare, cores, capacitySeconds, folder } = options;
  const log = new RunLog(folder);
  const name = `soak_${randomBytes(6).toString('hex')}`;
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  await using ending = new AsyncDisposableStack();
  const share = new LimitedShare(name, cores);
  ending.defer(() => share.remove());

  say('Starting engines …');
  const postgres = await PostgresContainer.start(share);
  ending.defer(() => postgres.stop());
  const elastic = await elasticInShare(share);
  ending.defer(() => elastic.stop());
  say('Computing the truth …');
  const documents = await soakDocuments();
  const { truth, queries, stable, pool } = documents;
  say(`Filling ${stable.length} passages …`);
  const sources = soakSources(name, { postgres: postgres.url, elasticsearch: elastic.url });
  await fill(await pgvectorFromConfig({ ...sources.postgres, index: false }), 'postgres', documents);
  await fill(await elasticFromConfig(sources.elasticsearch), 'elasticsearch', documents);
  say('Starting servers …');
  const { config, keys } = writeConfigs(folder, sources);
  const servers = await ServerPair.start({ share, config, log });
  ending.defer(() => servers.stop());
  const first = await askOnce(servers.serving[0]!, keys[0]!, queries[0]!);
  checkTheCheck((answer) => truth.check(0, answer, () => ({ sure: [], perhaps: [] })), first);
  const writer = startWriter({ share, sources, pool, live: changing, log });
  ending.defer(() => writer.stop());

  const asking = {
    backends: () => servers.serving,
    queries,
    keys,
    log,
    check: (query: number, answer: SearchAnswer, from: number, to: number) =>
      truth.check(query, answer, (source) => writer.documents.during(source, from, to)),
  };
  say('Warming up …');
  await closedLoop(4, Date.now() + Math.min(20, capacitySeconds) * 1000, asking);
  say(`Measuring the capacity for ${capacitySeconds} s …`);
  const before = share.throttled();
  const perSecond = await closedLoop(4, Date.now() + capacitySeconds * 1000, asking);
  const after = share.throttled();
  const begun = Date.now();
  const ends = begun + hours * 3_600_000;
  const offeredPerSecond = perSecond * loadShare;
  writeJson(join(folder, 'run.json'), {
    begun,
    ends,
    hours,
    share: loadShare,
    cores,
    capacityPerSecond: perSecond,
    throttledPeriodsAtCapacity:
      (after.throttled - before.throttled) / Math.max(1, after.periods - before.periods),
    offeredPerSecond,
    passages: { stable: stable.length, pool: pool.length, changing },
    queries: queries.length,
    engines: [`Elasticsearch ${elastic.version}`, 'PostgreSQL 17 with pgvector'],
    machine: describeMachine(),
    pids: { bench: process.pid, steady: servers.serving[0]!.process.pid, writer: writer.pid },
  });
  say(
    `${perSecond.toFixed(2)} answers/s; offering ${offeredPerSecond.toFixed(2)} until ${new Date(ends).toISOString()}`,
  );
  const deploy = () => servers.deploy();
  const life = liveThrough(begun, hours, { postgres, elastic, deploy, log }, stop.signal);
  await openLoop(offeredPerSecond, ends, asking, stop.signal);
  stop.abort();
  await life;
  writeJson(join(folder, 'end.json'), { ended: Date.now() });
  say('Over.');
}

type Opened = Awaited<ReturnType<typeof pgvectorFromConfig>> | Awaited<ReturnType<typeof elasticFromConfig>>;

async function fill({ writer, close }: Opened, source: string, documents: SoakDocuments): Promise<void> {
  await writer.prepare({ dimensions: documents.dimensions });
  const own = documents.stable.filter((document) => document.source === source);
  await writer.write(own.map(({ id, text, vector }) => ({ id, text, vector, digest: id, payload: {} })));
  await writer.finish();
  await close();
}

function writeJson(file: string, content: object): void {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

function say(text: string): void {
  console.error(`${new Date().toISOString()} ${text}`);
}
