import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenSource } from '../packages/cli/src/adapters/adapter.ts';
import { openSource } from '../packages/cli/src/adapters/open-source.ts';
import { readConfigFile } from '../packages/cli/src/config/config-file.ts';
import { Secrets } from '../packages/cli/src/secrets.ts';
import { openTestIndices } from './elastic/test-indices.ts';
import type { NotRun } from './engines.ts';
import { openTestCollections } from './qdrant/test-collections.ts';
import { type StartedElastic, startElastic } from './services/elastic.ts';
import { type StartedPgvector, startPgvector } from './services/pgvector.ts';
import { type StartedQdrant, startQdrant } from './services/qdrant.ts';
import { createTestSchema } from './services/test-schema.ts';

/** An engine as a configuration names it. */
export interface ConfiguredEngine {
  readonly version: string;
  /** A `source` block: the same `collection` is the same table, collection or index. */
  source(collection: string, search?: 'exact' | 'index'): Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** A folder for configurations and embedded databases. */
export const folder = await mkdtemp(join(tmpdir(), 'secondpass-configured-'));

export function removeFolder(): Promise<void> {
  return rm(folder, { recursive: true });
}

/** Writes a configuration; between engines only its `source` block differs. */
export async function writeConfig(source: object): Promise<string> {
  const file = join(folder, `${randomUUID()}.yaml`);
  await writeFile(file, `source: ${JSON.stringify(source)}\ndepth: 100\ntopK: 10\n`);
  return file;
}

/** Opens a configuration as the command line does. */
export async function withSource(source: object, work: (opened: OpenSource) => Promise<void>): Promise<void> {
  const file = await writeConfig(source);
  const opened = await openSource(await readConfigFile(file, { environment: {}, secrets: new Secrets() }));
  try {
    await work(opened);
  } finally {
    await opened.close();
  }
}

/** Every engine that runs here, each with names of its own; those that do not say why. */
export async function startEngines(): Promise<Readonly<Record<string, ConfiguredEngine | NotRun>>> {
  const [postgres, elastic, qdrant] = await Promise.all([
    startPgvector(),
    startElastic(['9', '8']),
    startQdrant(),
  ]);
  return {
    pglite: embedded(),
    pgvector: 'notRun' in postgres ? postgres : await onPostgres(postgres),
    elastic: 'notRun' in elastic ? elastic : onElastic(elastic),
    qdrant: 'notRun' in qdrant ? qdrant : onQdrant(qdrant),
  };
}

function embedded(): ConfiguredEngine {
  return {
    version: 'PGlite',
    source: (collection, search = 'exact') => ({
      adapter: 'pgvector',
      directory: join(folder, `postgres-${collection}`),
      table: 'passages',
      search: search === 'exact' ? 'exact' : 'hnsw',
    }),
    stop: async () => {},
  };
}

async function onPostgres({ url, version, stop }: StartedPgvector): Promise<ConfiguredEngine> {
  const schema = await createTestSchema(url);
  return {
    version,
    source: (collection, search = 'exact') => ({
      adapter: 'pgvector',
      url,
      table: `${schema.name}.${collection}`,
      search: search === 'exact' ? 'exact' : 'hnsw',
    }),
    stop: async () => {
      await schema.drop();
      await stop();
    },
  };
}

function onElastic({ url, version, stop }: StartedElastic): ConfiguredEngine {
  const indices = openTestIndices({ url, version });
  const names = namesBy(indices.next);
  return {
    version: `Elasticsearch ${version}`,
    source: (collection, search = 'exact') => ({
      adapter: 'elastic',
      url,
      index: names(collection),
      search: search === 'exact' ? 'exact' : 'hnsw',
    }),
    stop: async () => {
      await indices.drop();
      await stop();
    },
  };
}

function onQdrant({ url, version, stop }: StartedQdrant): ConfiguredEngine {
  const collections = openTestCollections(url);
  const names = namesBy(collections.next);
  const apiKey = process.env['QDRANT_API_KEY'];
  const headers: Record<string, string> = apiKey ? { 'api-key': apiKey } : {};
  return {
    version,
    source: (collection, search = 'exact') => ({
      adapter: 'qdrant',
      url,
      collection: names(collection),
      exact: search === 'exact',
      headers,
    }),
    stop: async () => {
      await collections.drop();
      await stop();
    },
  };
}

/** The same made-up name for the same word. */
function namesBy(next: () => string): (collection: string) => string {
  const names = new Map<string, string>();
  return (collection) => {
    const name = names.get(collection) ?? next();
    names.set(collection, name);
    return name;
  };
}
