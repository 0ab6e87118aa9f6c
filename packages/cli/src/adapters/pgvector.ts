import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { z } from 'zod';
import { integer } from '../config/config-schema.ts';
import { lockDirectory } from '../directory-lock.ts';
import type { Adapter } from './adapter.ts';

const schema = z.strictObject({
  /** A PostgreSQL server, as `postgres://user:password@host:5432/database`. */
  url: z
    .string()
    .refine(
      (url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url),
      'a URL such as postgres://user@host:5432/database',
    )
    .optional(),
  /** A folder for PostgreSQL embedded in this process (PGlite), in place of a server. */
  directory: z.string().min(1).optional(),
  /** With `url`: connections opened at most. */
  poolSize: integer(1, 1_000).optional(),
  /** With `url`: how long to wait for a connection. */
  connectionTimeoutMs: integer(1, 2_147_483_647).optional(),
  table: z.string().min(1),
  name: z.string().min(1).optional(),
  metric: z.enum(['cosine', 'inner-product', 'l2']).optional(),
  search: z.enum(['hnsw', 'exact']).optional(),
  efSearch: integer(1, 1_000).optional(),
  iterativeScan: z.enum(['off', 'strict', 'relaxed']).optional(),
  maxScanTuples: integer(1, 2_147_483_647).optional(),
  statementTimeoutMs: integer(1, 2_147_483_647).optional(),
  columns: z
    .strictObject({
      id: z.string().min(1).optional(),
      text: z.string().min(1).optional(),
      vector: z.string().min(1).optional(),
      payload: z.string().min(1).nullable().optional(),
    })
    .optional(),
  index: z
    .union([
      z.literal(false),
      z.strictObject({ m: integer(2, 100).optional(), efConstruction: integer(4, 1_000).optional() }),
    ])
    .optional(),
});

/** How long `doctor` waits for a server. */
const patienceMs = 5_000;

export const pgvectorAdapter: Adapter = {
  name: 'pgvector',
  schema,

  resolvePaths(settings, folder, file) {
    const { url, directory } = settings;
    if ((url === undefined) === (directory === undefined)) {
      throw new RetrievalError({
        code: 'invalid-config',
        origin: file,
        problem: `source has ${url === undefined ? 'neither url nor directory' : 'both url and directory'}, and one of them was expected.`,
        nextStep: 'Write url for a PostgreSQL server, or directory for the embedded one.',
      });
    }
    return typeof directory === 'string' ? { ...settings, directory: resolve(folder, directory) } : settings;
  },

  async open(settings) {
    const { fromConfig } = await import('@secondpass/adapter-pgvector');
    const config = settings as unknown as Parameters<typeof fromConfig>[0];
    if (config.directory === undefined) return fromConfig(config);
    const lock = await lockDirectory(config.directory);
    const opened = await fromConfig(config).catch(async (error) => {
      await lock.release();
      throw error;
    });
    const close = async (): Promise<void> => {
      await opened.close();
      await lock.release();
    };
    return { ...opened, close };
  },

  async inspect({ url, directory, table }, signal) {
    if (typeof url === 'string') return inspectServer(url, String(table), signal);
    const path = String(directory);
    if (!(await stat(path).catch(() => undefined))) {
      return { version: 'embedded PostgreSQL, not created yet', documents: null };
    }
    const lock = await lockDirectory(path);
    try {
      return await inspectEmbedded(path, String(table));
    } finally {
      await lock.release();
    }
  },
};

/** One row, one column named `value`, of a statement. */
type Ask = (statement: string, values: unknown[]) => Promise<unknown>;

async function inspectServer(url: string, table: string, signal: AbortSignal) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  });
  client.on('error', () => undefined);
  const leave = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  try {
    await client.connect();
    return await report(
      async (statement, values) => (await client.query(statement, values)).rows[0]?.value,
      table,
    );
  } catch (error) {
    throw new RetrievalError({
      code: 'source-unreachable',
      origin: `pgvector:${table}`,
      problem: `PostgreSQL does not answer: ${describeFailure(error)}.`,
      nextStep: 'Check url, that the server runs, and that this machine may reach it.',
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', leave);
    await client.end().catch(() => undefined);
  }
}

/** Starts an embedded PostgreSQL, in memory where no directory is given. */
export async function inspectEmbedded(directory: string | undefined, table: string) {
  const { PGlite } = await import('@electric-sql/pglite');
  const { vector } = await import('@electric-sql/pglite-pgvector');
  try {
    await using client = await PGlite.create({
      ...(directory && { dataDir: directory }),
      extensions: { vector },
    });
    const ask: Ask = async (statement, values) =>
      (await client.query<{ value: unknown }>(statement, values)).rows[0]?.value;
    const { version, documents } = await report(ask, table);
    return { version: `embedded ${version}`, documents };
  } catch (error) {
    throw new RetrievalError({
      code: 'source-failed',
      origin: directory ?? 'embedded PostgreSQL',
      problem: `The embedded PostgreSQL does not start: ${describeFailure(error)}.`,
      nextStep: 'Close what else uses the folder, or delete it and index again.',
      cause: error,
    });
  }
}

async function report(ask: Ask, table: string) {
  const server = String(
    await ask("SELECT split_part(current_setting('server_version'), ' ', 1) AS value", []),
  );
  const installed = await ask("SELECT extversion AS value FROM pg_extension WHERE extname = 'vector'", []);
  const available = await ask(
    "SELECT default_version AS value FROM pg_available_extensions WHERE name = 'vector'",
    [],
  );
  if (installed === undefined && available === undefined) {
    throw new Error(`PostgreSQL ${server} has no pgvector; install its package on the server`);
  }
  const name = table
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
  // Counting millions of rows takes longer than a check-up should; the planner's estimate will do for those.
  const estimate = await ask('SELECT reltuples AS value FROM pg_class WHERE oid = to_regclass($1)', [name]);
  const exact = async () => ask(`SELECT count(*) AS value FROM ${name}`, []);
  const documents = estimate === undefined ? null : Number(Number(estimate) > 1e6 ? estimate : await exact());
  return { version: `PostgreSQL ${server} with pgvector ${installed ?? available}`, documents };
}

/** A refused connection to several addresses has its reasons in a list, and no message of its own. */
function describeFailure(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  return (inner instanceof Error ? inner.message : String(inner)).replace(/\.$/, '');
}
