import { afterAll, describe, test } from '@jest/globals';
import {
  type PgvectorClient,
  type PgvectorSourceOptions,
  type PgvectorWriterOptions,
  pgvectorReader,
  pgvectorSource,
  pgvectorTextSource,
  pgvectorWriter,
} from '@secondpass/adapter-pgvector';
import { candidateSourceContract, type OpenOptions, textSourceContract } from '@secondpass/core/testing';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { existingTables } from '../pgvector/existing-table.ts';
import { wideningFilters } from '../pgvector/widening-filters.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema } from '../services/test-schema.ts';

const engine = await startPgvector();
const schema = 'notRun' in engine ? undefined : await createTestSchema(engine.url);
const pipelined =
  'notRun' in engine ? undefined : new pg.Pool({ connectionString: engine.url, pipeline: true });
const single = await schema?.pool.connect();

interface Variant {
  readonly client: PgvectorClient;
  readonly source?: Partial<PgvectorSourceOptions>;
  readonly writer?: Partial<PgvectorWriterOptions>;
  readonly tolerance?: number;
}

describeEngine('pgvector', engine, ({ version, stop }) => {
  const nobody = new pg.Pool({ host: '127.0.0.1', port: 1 });
  afterAll(async () => {
    single?.release();
    await pipelined?.end();
    await schema?.drop();
    await stop();
  });

  const table = (client: PgvectorClient, { tenantField }: OpenOptions = {}) => ({
    client,
    table: schema!.nextTable(),
    ...(tenantField !== undefined && { tenantField }),
  });
  const limit = ({ timeoutMs }: OpenOptions = {}) =>
    timeoutMs === undefined ? {} : { statementTimeoutMs: timeoutMs };
  const slow = {
    filter: { native: { sql: 'pg_sleep(0.05) IS NOT NULL' } },
    async working() {
      const { rows } = await schema!.pool.query(
        "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE $1",
        [`%${schema!.name}%`],
      );
      return Number(rows[0].count);
    },
  };

  const variants: readonly (readonly [string, Variant])[] = [
    ['a pool, exact', { client: schema!.pool, source: { search: 'exact' } }],
    ['a pipelining pool, HNSW', { client: pipelined! }],
    [
      'a pool, IVFFlat on halfvec',
      {
        client: schema!.pool,
        source: { search: 'ivfflat', preparedStatements: false },
        writer: { vectorType: 'halfvec', index: { kind: 'ivfflat' }, textSearch: {} },
        tolerance: 5e-4,
      },
    ],
    ['one client, HNSW of bits', { client: single!, writer: { quantize: 'binary' } }],
  ];
  describe.each(variants)(`${version}: %s`, (_, { client, source, writer, tolerance }) => {
    candidateSourceContract(test, {
      open: async (options) => {
        const shared = table(client, options);
        return {
          source: pgvectorSource({ ...shared, ...source, ...limit(options) }),
          writer: pgvectorWriter({ ...shared, ...writer }),
          reader: pgvectorReader(shared),
        };
      },
      unreachable: async () => pgvectorSource({ client: nobody, table: 'nowhere' }),
      askClient: () => client.query('SELECT 1'),
      tenants: { wideningFilters },
      fetch: true,
      reader: { tolerance: tolerance ?? 0 },
      existing: existingTables(client, schema!.pool, () => schema!.nextTable()),
      // A single client cannot be interrupted: its statement runs out.
      ...(client !== single && { slow }),
    });
  });

  describe.each([
    ['pool', schema!.pool],
    ['pipelining pool', pipelined!],
    ['client', single!],
  ] as const)(`${version}: full text, %s`, (_, client) => {
    textSourceContract(test, {
      open: async (options) => {
        const shared = table(client, options);
        return {
          source: pgvectorTextSource({ ...shared, ...limit(options) }),
          writer: pgvectorWriter({ ...shared, textSearch: {} }),
        };
      },
      unreachable: async () => pgvectorTextSource({ client: nobody, table: 'nowhere' }),
      tenants: { wideningFilters },
    });
  });
});
