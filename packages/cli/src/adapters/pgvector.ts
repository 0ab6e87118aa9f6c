import { stat } from 'node:fs/promises';
import type { OpenedPgvector } from '@secondpass/adapter-pgvector';
import { RetrievalError } from '@secondpass/core';
import type { Adapter, EngineReport, ReplicaReport, SourceSettings } from './adapter.ts';
import { countDocuments, patienceMs } from './count-documents.ts';
import { embeddedVersion } from './embedded-postgres.ts';
import { searchRefusal } from './search-refusal.ts';
import { withPostgres } from './with-postgres.ts';

export const pgvectorAdapter: Adapter = {
  name: 'pgvector',
  pathKeys: ['directory'],
  searchesByText: ({ match }) => match === 'text',
  open,

  async inspect(settings, signal) {
    const { url, directory, table } = settings;
    // Opening an embedded database would create it; an inspection must not.
    if (url === undefined && typeof directory === 'string' && !(await exists(directory))) {
      await checkOnly(settings);
      return { version: await embeddedVersion(), documents: null };
    }
    const opened = await open(settings);
    try {
      const report =
        typeof url === 'string'
          ? await inspectServer(url, String(table), signal)
          : { version: await embeddedVersion(), documents: await countDocuments(opened, signal) };
      const replicas = await inspectReplicas(opened, settings, signal);
      const whole = { ...report, ...(replicas && { replicas }) };
      if (report.documents === null) return whole;
      return { ...whole, refusal: await searchRefusal(opened, settings, signal) };
    } finally {
      await opened.close();
    }
  },
};

async function open(settings: SourceSettings): Promise<OpenedPgvector> {
  const { pgvectorFromConfig } = await import('@secondpass/adapter-pgvector');
  return pgvectorFromConfig(settings as unknown as Parameters<typeof pgvectorFromConfig>[0]);
}

/** Checks the settings without opening anything: with a URL, a pool connects only at its first statement. */
async function checkOnly({ directory: _, ...settings }: SourceSettings): Promise<void> {
  await (await open({ ...settings, url: 'postgres://localhost/none' })).close();
}

async function inspectReplicas(
  opened: OpenedPgvector,
  { replicas, maxReplicaLagMs, table }: SourceSettings,
  signal: AbortSignal,
): Promise<readonly ReplicaReport[] | undefined> {
  if (!Array.isArray(replicas)) return undefined;
  const most = Number(maxReplicaLagMs ?? 10_000);
  const states = await opened.replicaStates({ timeoutMs: patienceMs, signal });
  return states.map(({ lagBytes = null, lagMs = null, error }, index) => {
    const name = new URL(String(replicas[index])).host;
    const refusal =
      error ??
      (lagMs !== null && lagMs > most && Number(lagBytes) > 0 ? tooFarBehind(lagMs, most) : undefined);
    const told = refusal && named(refusal, `pgvector:${table}, replica ${name}`);
    return { name, lagBytes, lagMs, ...(told && { refusal: told }) };
  });
}

function tooFarBehind(lagMs: number, most: number): RetrievalError {
  return new RetrievalError({
    code: 'source-unreachable',
    origin: 'pgvector',
    problem: `It is ${(lagMs / 1000).toFixed(1)} s behind the primary, and maxReplicaLagMs is ${most}; the primary is searched.`,
    nextStep:
      'Check that it receives the log (pg_stat_wal_receiver) and is not paused, or raise maxReplicaLagMs.',
  });
}

function named({ code, problem, nextStep, cause }: RetrievalError, origin: string): RetrievalError {
  return new RetrievalError({ code, origin, problem, nextStep, cause });
}

function inspectServer(url: string, table: string, signal: AbortSignal): Promise<EngineReport> {
  return withPostgres(url, { origin: `pgvector:${table}`, signal }, (query) =>
    report(async (statement, values) => (await query(statement, values))[0]?.['value'], table),
  );
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Runs a statement whose result is one row with one column, `value`. */
type Ask = (statement: string, values: unknown[]) => Promise<unknown>;

async function report(ask: Ask, table: string): Promise<EngineReport> {
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
  // Counting millions of rows takes too long for a check; the planner's estimate is enough for those.
  const estimate = await ask('SELECT reltuples AS value FROM pg_class WHERE oid = to_regclass($1)', [name]);
  const exact = async () => ask(`SELECT count(*) AS value FROM ${name}`, []);
  const documents = estimate === undefined ? null : Number(Number(estimate) > 1e6 ? estimate : await exact());
  return { version: `PostgreSQL ${server} with pgvector ${installed ?? available}`, documents };
}
