import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { elasticFromConfig } from '@secondpass/adapter-elastic';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { loadBiEncoder, loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { describeMachine } from '../machine.ts';
import { type Change, ChangingDocuments } from './changing-documents.ts';
import { ownPages } from './corpus.ts';
import { liveThrough } from './daily-life.ts';
import { elasticInShare } from './elastic-in-share.ts';
import { LimitedShare } from './limited-share.ts';
import { closedLoop, openLoop } from './open-loop.ts';
import { PostgresContainer } from './postgres-container.ts';
import { RunLog } from './run-log.ts';
import { type ServedProcess, sampler, startServed } from './served-process.ts';
import { depthOfSource, type KnownDocument, Truth, topK } from './truth.ts';

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
  const say = (text: string) => console.error(`${new Date().toISOString()} ${text}`);
  const log = new RunLog(folder);
  const made = `soak_${randomBytes(6).toString('hex')}`;
  const share = new LimitedShare(made, cores);
  const atEnd: (() => Promise<unknown>)[] = [() => share.remove()];
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  try {
    say('Starting engines …');
    const postgres = await PostgresContainer.start(share);
    atEnd.unshift(() => postgres.stop());
    const elastic = await elasticInShare(share);
    atEnd.unshift(() => elastic.stop());

    say('Computing the truth …');
    const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
    const reranker = await loadCrossEncoder(modelDirectory('small'));
    const { passages, queries } = ownPages(1_600, 48);
    const vectors = await embedder.embed({ kind: 'passage', texts: passages });
    const known = passages.map((text, index): KnownDocument & { readonly index: number } => ({
      id: `passage-${index}`,
      text,
      vector: vectors[index]!,
      source: index % 2 === 0 ? 'postgres' : 'elasticsearch',
      index,
    }));
    // Every fourth pair comes and goes.
    const pool = known
      .filter(({ index }) => index % 8 < 2)
      .map((document, index) => ({ ...document, index }));
    const stable = known.filter(({ index }) => index % 8 >= 2);
    const truth = await Truth.compute(queries, { stable, pool }, { embedder, reranker });
    await Promise.all([embedder.close(), reranker.close()]);

    say(`Filling ${stable.length} passages …`);
    const sources = {
      postgres: {
        url: postgres.url,
        table: made,
        name: 'postgres',
        search: 'exact',
        index: false,
        connectionTimeoutMs: 3_000,
      },
      elasticsearch: { url: elastic.url, index: made, name: 'elasticsearch', search: 'exact' },
    } as const;
    const opened = {
      postgres: await pgvectorFromConfig(sources.postgres),
      elasticsearch: await elasticFromConfig(sources.elasticsearch),
    };
    for (const [source, { writer, close }] of Object.entries(opened)) {
      await writer.prepare({ dimensions: embedder.dimensions });
      const own = stable.filter((document) => document.source === source);
      await writer.write(own.map(({ id, text, vector }) => ({ id, text, vector, digest: id, payload: {} })));
      await writer.finish();
      await close();
    }

    say('Starting servers …');
    const keys = Array.from({ length: 8 }, () => randomBytes(16).toString('hex'));
    const pipeline = join(folder, 'pipeline.json');
    const asked = { timeoutMs: 2_000, depth: depthOfSource };
    const { index: _, ...readPostgres } = sources.postgres;
    writeFileSync(
      pipeline,
      JSON.stringify({
        source: {
          adapter: 'federated',
          minimumSources: 1,
          sources: [
            { source: { adapter: 'pgvector', ...readPostgres }, ...asked },
            { source: { adapter: 'elastic', ...sources.elasticsearch }, ...asked },
          ],
        },
        embedder: { model: 'bi-encoder' },
        reranker: { model: 'small' },
        depth: 2 * depthOfSource,
        topK,
        blend: 0,
        onRerankFailure: 'keep-stage-1',
      }),
    );
    const config = join(folder, 'serve.json');
    writeFileSync(
      config,
      JSON.stringify({
        cores: 1,
        pipelines: { search: pipeline },
        keys: keys.map((key, index) => ({
          name: `caller-${index}`,
          sha256: createHash('sha256').update(key).digest('hex'),
        })),
        limits: { timeoutMs: 20_000 },
        drain: { delayMs: 1_000 },
        logLevel: 'warn',
      }),
    );
    // One stays for the whole run, so that a leak has the time to show; the other is deployed again and again.
    const backends: ServedProcess[] = [];
    let isOver = false;
    let versions = 0;
    const start = async (name: string) => {
      const served = await startServed(name, { share, config, folder });
      served.process.once('exit', (code, signal) => {
        if (backends.includes(served) && !isOver)
          log.failure({ what: 'a server ended by itself', name, code, signal });
      });
      return served;
    };
    const startVersion = () => {
      versions += 1;
      return start(`deployed-${versions}`);
    };
    const steady = await start('steady');
    let deployed = await startVersion();
    backends.push(steady, deployed);
    atEnd.unshift(async () => {
      isOver = true;
      for (const { name, drain } of backends) say(`${name}: ${JSON.stringify(await drain())}`);
    });
    const deploy = async () => {
      const old = deployed;
      deployed = await startVersion();
      backends.splice(1, 1, deployed);
      const ended = await old.drain();
      if (ended.exitCode !== 0) log.failure({ what: 'a drained server', name: old.name, ...ended });
      return { ended: old.name, started: deployed.name, ...ended };
    };
    const documents = new ChangingDocuments();
    const task = join(folder, 'writer.json');
    writeFileSync(
      task,
      JSON.stringify({
        sources,
        live: changing,
        pauseMs: 3_000,
        pool: pool.map(({ text, vector, index }) => ({ text, vector: [...vector], index })),
      }),
    );
    const writer = fork(fileURLToPath(new URL('./index-writer.mjs', import.meta.url)), [task], {
      execArgv: ['--import', sampler],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        SOAK_SAMPLES: join(folder, 'memory.jsonl'),
        SOAK_ROLE: 'writer',
      },
    });
    share.take(writer.pid!);
    atEnd.unshift(async () => {
      isOver = true;
      const exited = new Promise((resolve) => writer.once('exit', resolve));
      writer.disconnect();
      await exited;
    });
    writer.on('message', (change: Change & { ms?: number; code?: string; error?: string }) => {
      documents.note(change);
      const { at, source, action, ids, phase, ms = 0, code, error } = change;
      if (phase === 'begin') return;
      if (phase === 'failed' && code === undefined)
        log.failure({ what: 'the writer, without a code', source, error });
      log.write({
        at,
        source,
        action,
        documents: ids.length,
        ms: Math.round(ms),
        ...(phase === 'failed' && { code: code ?? 'untyped' }),
      });
    });
    writer.once('exit', (code) => {
      if (!isOver) log.failure({ what: 'the writer ended by itself', code });
    });
    const forget = setInterval(() => documents.forgetBefore(Date.now() - 300_000), 60_000);
    atEnd.unshift(async () => clearInterval(forget));

    const asking = {
      backends: () => backends,
      queries,
      keys,
      log,
      check: (query: number, answer: Parameters<Truth['check']>[1], from: number, to: number) =>
        truth.check(query, answer, (source) => documents.during(source, from, to)),
    };
    say('Warming up …');
    await closedLoop(4, Date.now() + 20_000, asking);
    say(`Measuring the capacity for ${capacitySeconds} s …`);
    const before = share.throttled();
    const perSecond = await closedLoop(4, Date.now() + capacitySeconds * 1000, asking);
    const after = share.throttled();
    const offered = perSecond * loadShare;
    const begun = Date.now();
    const ends = begun + hours * 3_600_000;
    const run = {
      begun,
      ends,
      hours,
      share: loadShare,
      cores,
      capacityPerSecond: perSecond,
      throttledPeriodsAtCapacity:
        (after.throttled - before.throttled) / Math.max(1, after.periods - before.periods),
      offeredPerSecond: offered,
      passages: { stable: stable.length, pool: pool.length, changing },
      queries: queries.length,
      engines: [`Elasticsearch ${elastic.version}`, 'PostgreSQL 17 with pgvector'],
      machine: describeMachine(),
      pids: { bench: process.pid, steady: steady.process.pid, writer: writer.pid },
    };
    writeFileSync(join(folder, 'run.json'), `${JSON.stringify(run, null, 2)}\n`);
    say(
      `${perSecond.toFixed(2)} answers/s; offering ${offered.toFixed(2)} until ${new Date(ends).toISOString()}`,
    );
    const life = liveThrough(begun, hours, { postgres, elastic, deploy, log }, stop.signal);
    await openLoop(offered, ends, asking, stop.signal);
    stop.abort();
    await life;
    writeFileSync(
      join(folder, 'end.json'),
      `${JSON.stringify({ ended: Date.now(), whole: Date.now() >= ends })}\n`,
    );
    say('Over.');
  } finally {
    for (const end of atEnd) await end().catch((error: unknown) => say(String(error)));
  }
}
