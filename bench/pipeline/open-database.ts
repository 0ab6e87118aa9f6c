import { randomUUID } from 'node:crypto';
import { type OpenedPgvector, pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import pg from 'pg';
import { type StartedPgvector, startPgvector } from '../../integration/services/pgvector.ts';
import { clusteredVectors, dimensions } from '../engines/vectors.ts';
import { FaultProxy } from './fault-proxy.ts';

export interface BenchDatabase {
  readonly name: string;
  readonly opened: OpenedPgvector;
  /** Absent where PostgreSQL runs inside this process and nothing lies between. */
  readonly proxy?: FaultProxy;
  close(): Promise<void>;
}

/** Made up, because the server at PGVECTOR_URL may hold tables of others. */
const table = `bench_${randomUUID().replaceAll('-', '')}`;

/** PostgreSQL behind a proxy, filled; or, where none can be started, PGlite in this process. */
export async function openDatabase(texts: readonly string[]): Promise<BenchDatabase> {
  const started = await startPgvector();
  if ('notRun' in started) {
    const opened = await pgvectorFromConfig({ memory: true, table });
    await fill(opened, texts);
    return {
      name: `PGlite in this process, as ${started.notRun}`,
      opened,
      close: () => opened.close(),
    };
  }
  return behindProxy(started, texts);
}

async function behindProxy(started: StartedPgvector, texts: readonly string[]): Promise<BenchDatabase> {
  const { hostname, port } = new URL(started.url);
  const proxy = await FaultProxy.open(hostname, Number(port));
  const url = new URL(started.url);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const opened = await pgvectorFromConfig({
    url: url.href,
    table,
    connectionTimeoutMs: 3_000,
    statementTimeoutMs: 5_000,
  });
  await fill(opened, texts);
  return {
    name: started.version,
    opened,
    proxy,
    async close() {
      await opened.close();
      await proxy.close();
      const client = new pg.Client({ connectionString: started.url });
      await client.connect();
      await client.query(`DROP TABLE IF EXISTS ${table}`);
      await client.end();
      await started.stop();
    },
  };
}

/** The texts are made up, so vectors around made-up centers are as good as any: only the work must be like that of real ones. */
async function fill({ writer }: OpenedPgvector, texts: readonly string[]): Promise<void> {
  const next = clusteredVectors(1);
  await writer.prepare({ dimensions });
  for (let start = 0; start < texts.length; start += 500) {
    const batch = texts.slice(start, start + 500);
    await writer.write(
      batch.map((text, index) => ({
        id: `passage-${start + index}`,
        text,
        digest: `${start + index}`,
        vector: next(),
      })),
    );
  }
  await writer.finish();
}
