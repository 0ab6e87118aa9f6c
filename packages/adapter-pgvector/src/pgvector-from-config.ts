import {
  type CandidateSource,
  type Closable,
  type DocumentReader,
  type DocumentWriter,
  type Payload,
  RetrievalError,
} from '@secondpass/core';
import { closable, foreignCause, knownOptions, owning } from '@secondpass/core/extend';
import { fusedSource } from '@secondpass/core/sources';
import { checkPgvectorConfig, optionShapes } from './check-pgvector-options.ts';
import { lockDirectory } from './directory-lock.ts';
import { loadClient } from './load-client.ts';
import { type OpenedClient, openPools } from './open-pools.ts';
import { pglitePackages } from './pglite-packages.ts';
import type { PgvectorConfig } from './pgvector-config.ts';
import type { PgvectorSourceOptions } from './pgvector-options.ts';
import { pgvectorReader } from './pgvector-reader.ts';
import { type PgvectorReplicaState, pgvectorReplicaStates } from './pgvector-replica-states.ts';
import { pgvectorSource } from './pgvector-source.ts';
import { pgvectorTextSource } from './pgvector-text-source.ts';
import { pgvectorWriter } from './pgvector-writer.ts';

/** What {@link pgvectorFromConfig} opened. */
export interface OpenedPgvector<P extends object = Payload> extends Closable {
  readonly source: CandidateSource<P>;
  readonly writer: DocumentWriter;
  readonly reader: DocumentReader;
  /** How far each of the `replicas` is behind, as {@link pgvectorReplicaStates} says; none without them. */
  replicaStates(options?: {
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly PgvectorReplicaState[]>;
  /** Closes the three and the client that they share. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens PostgreSQL by URL, or an embedded PostgreSQL in a directory or in memory, and owns what it opened.
 * The client library is loaded only here: `pg` for a URL, PGlite otherwise. A pool connects at the first search.
 *
 * @typeParam P the payload's fields, which are returned as they are in the database
 * @throws RetrievalError `invalid-config`, `missing-dependency`, or `source-failed` when the directory cannot be opened
 *
 * @example
 * import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
 * // Or { url: 'postgres://…', table }, or { directory: './index', table }.
 * await using database = await pgvectorFromConfig({ memory: true, table: 'notes' });
 * await database.writer.prepare({ dimensions: 2 });
 * await database.writer.finish();
 * await database.writer.count(); // → 0
 */
export async function pgvectorFromConfig<P extends object = Payload>(
  config: PgvectorConfig,
): Promise<OpenedPgvector<P>> {
  checkPgvectorConfig(config);
  checkPlace(config);
  const { url, directory, memory: _, connectionTimeoutMs, poolSize, replicas, ...options } = config;
  const name = options.name ?? `pgvector:${options.table}`;
  const opened =
    url === undefined
      ? await openPglite(directory, name)
      : await openPools({ url, replicas, connectionTimeoutMs, poolSize }, name);
  const { source, writer, reader } = openTable(options, opened);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= Promise.all([source.close?.(), writer.close?.(), reader.close?.()]).then(opened.close);
    return closing;
  };
  const replicaStates: OpenedPgvector['replicaStates'] = (asked = {}) =>
    pgvectorReplicaStates({ ...asked, client: opened.client, replicas: opened.replicas ?? [] });
  return closable({ source: source as CandidateSource<P>, writer, reader, replicaStates, close });
}

type TableConfig = Omit<
  PgvectorConfig,
  'url' | 'replicas' | 'directory' | 'memory' | 'connectionTimeoutMs' | 'poolSize'
>;

/** @throws RetrievalError `invalid-config` unless exactly one says where the table is */
function checkPlace({ url, directory, memory }: PgvectorConfig): void {
  const given = Object.entries({ url, directory, memory }).flatMap(([key, value]) =>
    value === undefined ? [] : [key],
  );
  if (given.length === 1) return;
  const [first, second] = given;
  throw new RetrievalError({
    code: 'invalid-config',
    origin: 'pgvector',
    problem:
      first === undefined
        ? 'url, directory and memory are missing.'
        : `${second} is given, and so is ${first}.`,
    nextStep: 'Use exactly one of url, directory and memory to say where the table is.',
    ...(second !== undefined && { path: [second] }),
  });
}

function openTable(
  options: TableConfig,
  { client, replicas }: OpenedClient,
): Pick<OpenedPgvector, 'source' | 'writer' | 'reader'> {
  const { match = 'vector', index, textSearch, language } = options;
  const table = {
    ...options,
    client,
    ...(replicas && { replicas }),
    // The search options determine how the table is filled: lexemes for text, and the kind of index.
    search: options.search ?? (index ? (index.kind ?? 'hnsw') : index === false ? 'exact' : 'hnsw'),
    textSearch: textSearch ?? (match === 'vector' ? false : { ...(language !== undefined && { language }) }),
  };
  return {
    source: openSource(table, match),
    writer: pgvectorWriter({ ...knownOptions(optionShapes.writer, table), client }),
    reader: pgvectorReader({ ...knownOptions(optionShapes.reader, table), client }),
  };
}

function openSource(
  table: TableConfig & Pick<PgvectorSourceOptions, 'client' | 'replicas'>,
  match: 'vector' | 'text' | 'hybrid',
): CandidateSource {
  const { client, replicas, name = `pgvector:${table.table}`, fusion } = table;
  const servers = { client, ...(replicas && { replicas }) };
  const byVector = { ...knownOptions(optionShapes.source, table), ...servers };
  const byText = { ...knownOptions(optionShapes.textSource, table), ...servers };
  if (match === 'vector') return pgvectorSource(byVector);
  if (match === 'text') return pgvectorTextSource(byText);
  const sources = [
    pgvectorSource({ ...byVector, name: `${name}:vector` }),
    pgvectorTextSource({ ...byText, name: `${name}:text` }),
  ];
  return owning(fusedSource({ sources, name, ...(fusion && { fusion }) }), sources);
}

/** All of it is taken from the start. PostgreSQL's own default of 128 MB made the process larger by 130 MB. */
const embeddedBuffers = '32MB';

async function openPglite(directory: string | undefined, origin: string): Promise<OpenedClient> {
  const [{ PGlite }, { vector }] = await loadClient(
    () => Promise.all([import('@electric-sql/pglite'), import('@electric-sql/pglite-pgvector')]),
    pglitePackages.join(' '),
    origin,
  );
  const unlock = directory === undefined ? () => {} : await lockDirectory(directory, origin);
  try {
    const startParams = [...PGlite.defaultStartParams, '-c', `shared_buffers=${embeddedBuffers}`];
    const dataDir = directory ?? 'memory://';
    const pglite = await PGlite.create({ dataDir, extensions: { vector }, startParams });
    return { client: pglite, close: () => pglite.close().finally(unlock) };
  } catch (error) {
    unlock();
    throw new RetrievalError({
      code: 'source-failed',
      origin,
      problem: `The embedded database ${directory ?? 'in memory'} does not open.`,
      nextStep: 'If its files are damaged, delete the directory and index again.',
      cause: foreignCause(error),
    });
  }
}
