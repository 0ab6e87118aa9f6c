import { loadClient } from './load-client.ts';
import type { PgvectorClient, PgvectorPool } from './pgvector-client.ts';

/** A client that was opened by URL, or embedded. */
export interface OpenedClient {
  readonly client: PgvectorClient;
  readonly replicas?: readonly PgvectorPool[];
  close(): Promise<void>;
}

export interface PoolConfig {
  readonly url: string;
  readonly replicas?: readonly string[] | undefined;
  readonly connectionTimeoutMs?: number | undefined;
  readonly poolSize?: number | undefined;
}

/** A pool for each server; they connect at the first statement. */
export async function openPools(config: PoolConfig, origin: string): Promise<OpenedClient> {
  const { default: pg } = await loadClient(() => import('pg'), 'pg', origin);
  const open = (url: string) => {
    const pool = new pg.Pool({
      connectionString: url,
      connectionTimeoutMillis: config.connectionTimeoutMs ?? 10_000,
      max: config.poolSize ?? 10,
      application_name: 'secondpass',
      // With it a search takes one round trip; pg before 8.22 ignores the setting and takes two.
      pipeline: true,
    });
    // An idle connection that the server closes is replaced at the next search; without a listener its error would end
    // the process.
    pool.on('error', () => {});
    return pool;
  };
  const client = open(config.url);
  const replicas = config.replicas?.map(open);
  const pools = [client, ...(replicas ?? [])];
  const close = async () => void (await Promise.all(pools.map((pool) => pool.end())));
  return { client, ...(replicas && { replicas }), close };
}
