import { type CandidateSource, type DocumentWriter, RetrievalError } from '@secondpass/core';
import { lockDirectory } from './directory-lock.ts';
import type { PgvectorClient } from './pgvector-client.ts';
import { checkConfig, type PgvectorConfig } from './pgvector-config.ts';
import type { PgvectorSourceOptions, PgvectorWriterOptions } from './pgvector-options.ts';
import { pgvectorSource } from './pgvector-source.ts';
import { pgvectorWriter } from './pgvector-writer.ts';

export interface OpenedPgvector {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
  /** Closes the client that the two share; closing either of them does the same. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens PostgreSQL by URL, or an embedded PostgreSQL in a directory or in memory, and owns what it opened.
 * The client library is loaded only here: `pg` for a URL, PGlite otherwise. A pool connects at the first search.
 *
 * @throws RetrievalError `invalid-config`, `missing-dependency`, or `source-failed` when the directory cannot be opened
 */
export async function fromConfig(config: PgvectorConfig): Promise<OpenedPgvector> {
  const { url, directory, memory: _, connectionTimeoutMs, poolSize, ...options } = checkConfig(config);
  const { name } = checkOptions(options);
  const opened =
    url === undefined
      ? await openPglite(directory, name)
      : await openPool({ url, connectionTimeoutMs, poolSize }, name);
  const source = pgvectorSource({ ...options, client: opened.client });
  const writer = pgvectorWriter({ ...options, client: opened.client });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= Promise.all([source.close?.(), writer.close?.()]).then(opened.close);
    return closing;
  };
  return { source: { ...source, close }, writer: { ...writer, close }, close };
}

interface OpenedClient {
  readonly client: PgvectorClient;
  close(): Promise<void>;
}

/** Checks the options before anything is opened for them; here they come from a file, so that is what to mend. */
function checkOptions(
  options: Omit<PgvectorSourceOptions & PgvectorWriterOptions, 'client'>,
): CandidateSource {
  const client: PgvectorClient = { query: async () => ({ rows: [] }) };
  try {
    pgvectorWriter({ ...options, client });
    return pgvectorSource({ ...options, client });
  } catch (error) {
    if (!RetrievalError.is(error)) throw error;
    const { origin, problem, nextStep } = error;
    throw new RetrievalError({ code: 'invalid-config', origin, problem, nextStep, cause: error });
  }
}

interface PoolConfig {
  readonly url: string;
  readonly connectionTimeoutMs: number | undefined;
  readonly poolSize: number | undefined;
}

async function openPool(config: PoolConfig, origin: string): Promise<OpenedClient> {
  const { default: pg } = await load(() => import('pg'), 'pg', origin);
  const pool = new pg.Pool({
    connectionString: config.url,
    connectionTimeoutMillis: config.connectionTimeoutMs ?? 10_000,
    max: config.poolSize ?? 10,
    application_name: 'secondpass',
  });
  // An idle connection that the server closes is replaced at the next search; unheard, it would end the process.
  pool.on('error', () => {});
  return { client: pool, close: () => pool.end() };
}

async function openPglite(directory: string | undefined, origin: string): Promise<OpenedClient> {
  const packages = '@electric-sql/pglite @electric-sql/pglite-pgvector';
  const [{ PGlite }, { vector }] = await load(
    () => Promise.all([import('@electric-sql/pglite'), import('@electric-sql/pglite-pgvector')]),
    packages,
    origin,
  );
  const unlock = directory === undefined ? async () => {} : await lockDirectory(directory, origin);
  try {
    const pglite = await PGlite.create({ dataDir: directory ?? 'memory://', extensions: { vector } });
    return { client: pglite, close: () => pglite.close().finally(unlock) };
  } catch (error) {
    await unlock();
    throw new RetrievalError({
      code: 'source-failed',
      origin,
      problem: `The embedded database ${directory ?? 'in memory'} does not open.`,
      nextStep: 'If its files are damaged, delete the directory and index again.',
      cause: error,
    });
  }
}

async function load<T>(importThem: () => Promise<T>, packages: string, origin: string): Promise<T> {
  try {
    return await importThem();
  } catch (cause) {
    throw new RetrievalError({
      code: 'missing-dependency',
      origin,
      problem: `${packages.replace(' ', ' and ')} cannot be loaded.`,
      nextStep: `Run: npm install ${packages}`,
      cause,
    });
  }
}
