import {
  type PgvectorClient,
  pgvectorReader,
  pgvectorSource,
  pgvectorTextSource,
  pgvectorWriter,
} from '@secondpass/adapter-pgvector';
import { type Fault, rowText } from './faults.ts';

/** A PostgreSQL of either kind, for faults that SQL can make. */
export interface SqlEngine {
  readonly client: PgvectorClient;
  /** Runs statements on a connection of its own, not the adapter's. */
  readonly run: (sql: string) => Promise<unknown>;
  /** A table name, perhaps with a schema, that was not given before. */
  readonly nextTable: () => string;
}

export const document = {
  id: 'a',
  text: rowText,
  vector: Float32Array.of(1, 0),
  payload: { name: rowText },
  digest: 'd',
};
export const query = { text: rowText, vector: Float32Array.of(1, 0) };

/** Fills a table of its own. */
export async function filled({ client, nextTable }: SqlEngine, more: object = {}): Promise<string> {
  const table = nextTable();
  const writer = pgvectorWriter({ client, table, textSearch: {}, ...more });
  await writer.prepare({ dimensions: 2 });
  await writer.write([document]);
  await writer.finish();
  return table;
}

/** Whatever is wrong with a table, a view, a statement or what is asked of them. */
export function sqlFaults(engine: () => SqlEngine): readonly Fault[] {
  const run = (sql: string) => engine().run(sql);
  const nextTable = () => engine().nextTable();
  const client = () => engine().client;
  const search = (table: string, more: object = {}, asked: object = {}) =>
    pgvectorSource({ client: client(), table, search: 'exact', ...more }).search({
      query,
      depth: 5,
      ...asked,
    });
  /** A table that was searched before something happened to it. */
  const changed = async (sql: (table: string) => string) => {
    const table = await filled(engine());
    const source = pgvectorSource({ client: client(), table, search: 'exact' });
    await source.search({ query, depth: 1 });
    await run(sql(table));
    return source.search({ query, depth: 1 });
  };
  const made = async (sql: (table: string) => string, more: object = {}) => {
    const table = nextTable();
    await run(sql(table));
    return search(table, more);
  };
  const withNative = async (sql: string, params: readonly unknown[] = []) =>
    search(await filled(engine()), {}, { filter: { native: { sql, params } } });
  const asked = async (more: object) => search(await filled(engine()), {}, more);
  const written = async (...documents: readonly object[]) => {
    const table = await filled(engine());
    return pgvectorWriter({ client: client(), table, textSearch: {} }).write(documents as never);
  };
  const guardedWrite = async (sql: (table: string) => string) => {
    const table = await filled(engine());
    await run(sql(table));
    return pgvectorWriter({ client: client(), table, textSearch: {} }).write([{ ...document, id: 'b' }]);
  };
  const columns = '(id text PRIMARY KEY, text text, embedding vector(2), payload jsonb)';
  return [
    { name: 'no table', code: 'source-not-found', ask: () => search(nextTable()) },
    { name: 'no schema', code: 'source-not-found', ask: () => search('no_such_schema.documents') },
    {
      name: 'no column for the vector',
      code: 'source-not-found',
      ask: async () => search(await filled(engine()), { columns: { vector: 'nowhere' } }),
    },
    {
      name: 'no column for the text',
      code: 'source-not-found',
      ask: async () => search(await filled(engine()), { columns: { text: 'nowhere' } }),
    },
    {
      name: 'a table dropped in between',
      code: 'source-not-found',
      ask: () => changed((table) => `DROP TABLE ${table}`),
    },
    {
      name: 'a table renamed in between',
      code: 'source-not-found',
      ask: () => changed((table) => `ALTER TABLE ${table} RENAME TO ${table.split('.').pop()}_old`),
    },
    {
      name: 'a column dropped in between',
      code: 'source-not-found',
      ask: () => changed((table) => `ALTER TABLE ${table} DROP COLUMN payload`),
    },
    {
      name: 'a column renamed in between',
      code: 'source-not-found',
      ask: () => changed((table) => `ALTER TABLE ${table} RENAME COLUMN text TO body`),
    },
    {
      name: 'vectors of another length in between',
      code: 'dimension-mismatch',
      ask: () =>
        changed(
          (table) =>
            `DROP TABLE ${table}; CREATE TABLE ${table} (id text PRIMARY KEY, text text, embedding vector(3), payload jsonb); INSERT INTO ${table} VALUES ('a', 'x', '[1,0,0]', '{}')`,
        ),
    },
    {
      name: 'a vector column of text',
      code: 'invalid-options',
      ask: () => made((table) => `CREATE TABLE ${table} (id text, text text, embedding text, payload jsonb)`),
    },
    {
      name: 'a view whose column fails',
      code: 'source-failed',
      ask: async () => {
        const table = await filled(engine());
        return made(
          (view) =>
            `CREATE VIEW ${view} AS SELECT id, (1 / (length(text) - length(text)))::text AS text, embedding, payload FROM ${table}`,
        );
      },
    },
    {
      name: 'a view whose cast fails on a value',
      code: 'source-failed',
      ask: async () => {
        const table = await filled(engine());
        return made(
          (view) =>
            `CREATE VIEW ${view} AS SELECT id, (text::int)::text AS text, embedding, payload FROM ${table}`,
        );
      },
    },
    {
      name: 'a row without an id',
      code: 'source-failed',
      ask: () =>
        made(
          (table) =>
            `CREATE TABLE ${table} (id text, text text, embedding vector(2), payload jsonb); INSERT INTO ${table} VALUES (NULL, '${rowText}', '[1,0]', '{}')`,
        ),
    },
    {
      name: 'an id that two rows have',
      code: 'source-failed',
      ask: () =>
        made(
          (table) =>
            `CREATE TABLE ${table} (id text, text text, embedding vector(2), payload jsonb); INSERT INTO ${table} VALUES ('a', '${rowText}', '[1,0]', '{}'), ('a', '${rowText}', '[1,0]', '{}')`,
        ),
    },
    {
      name: 'a filling that has not finished',
      code: 'source-incomplete',
      ask: async () => {
        const table = nextTable();
        await pgvectorWriter({ client: client(), table }).prepare({ dimensions: 2 });
        return search(table);
      },
    },
    {
      name: 'a metric that the table was not filled for',
      code: 'invalid-options',
      ask: async () => search(await filled(engine()), { metric: 'l2', search: 'hnsw' }),
    },
    {
      name: 'a query of another length',
      code: 'dimension-mismatch',
      ask: () => asked({ query: { ...query, vector: Float32Array.of(1) } }),
    },
    {
      name: 'NaN in a query',
      code: 'invalid-query',
      ask: () => asked({ query: { ...query, vector: Float32Array.of(1, Number.NaN) } }),
    },
    {
      name: 'infinity in a query',
      code: 'invalid-query',
      ask: () => asked({ query: { ...query, vector: Float32Array.of(1, Number.POSITIVE_INFINITY) } }),
    },
    {
      name: 'a query without direction',
      code: 'invalid-query',
      ask: () => asked({ query: { ...query, vector: Float32Array.of(0, 0) } }),
    },
    { name: 'a tenant where there are none', code: 'invalid-options', ask: () => asked({ tenant: 'acme' }) },
    {
      name: 'tenants, and none is named',
      code: 'invalid-options',
      ask: async () => search(await filled(engine(), { tenantField: 'name' }), { tenantField: 'name' }),
    },
    {
      name: 'tenants that the source does not know of',
      code: 'invalid-options',
      ask: async () => search(await filled(engine(), { tenantField: 'name' })),
    },
    {
      name: 'a native filter that is no SQL',
      code: 'source-failed',
      ask: () => withNative('SELECT FROM WHERE'),
    },
    {
      name: 'a native filter on a column that is not there',
      code: 'source-not-found',
      ask: () => withNative('nowhere = 1'),
    },
    {
      name: 'a native filter with a function that is not there',
      code: 'source-not-found',
      ask: () => withNative('no_such_function(text)'),
    },
    {
      name: 'a native filter that casts a value wrongly',
      code: 'source-failed',
      ask: () => withNative('text::int > 0'),
    },
    {
      name: 'a native filter that divides by zero',
      code: 'source-failed',
      ask: () => withNative('1 / (length(text) - length(text)) > 0'),
    },
    {
      name: 'a native filter without its parameter',
      code: 'invalid-filter',
      ask: () => withNative('text = $1'),
    },
    {
      name: 'a text search in a table that has none',
      code: 'source-not-found',
      ask: async () => {
        const table = nextTable();
        await run(`CREATE TABLE ${table} ${columns}`);
        return pgvectorTextSource({ client: client(), table, columns: { lexemes: 'nowhere' } }).search({
          query,
          depth: 1,
        });
      },
    },
    {
      name: 'a document of another length',
      code: 'dimension-mismatch',
      ask: () => written({ ...document, id: 'b', vector: Float32Array.of(1) }),
    },
    {
      name: 'NaN in a document',
      code: 'invalid-document',
      ask: () => written({ ...document, id: 'b', vector: Float32Array.of(1, Number.NaN) }),
    },
    {
      name: 'NUL in a document',
      code: 'invalid-document',
      ask: () => written({ ...document, id: 'b', text: 'a\0b' }),
    },
    {
      name: 'an id that comes twice',
      code: 'duplicate-id',
      ask: () => written({ ...document, id: 'b' }, { ...document, id: 'b' }),
    },
    {
      name: 'a writer over a table of others',
      code: 'invalid-options',
      ask: async () => {
        const table = nextTable();
        await run(`CREATE TABLE ${table} ${columns}`);
        return pgvectorWriter({ client: client(), table }).prepare({ dimensions: 2 });
      },
    },
    {
      name: 'a constraint that a row breaks',
      code: 'source-failed',
      ask: () =>
        guardedWrite(
          (table) => `ALTER TABLE ${table} ADD CONSTRAINT short CHECK (length(text) < 5) NOT VALID`,
        ),
    },
    {
      name: 'a trigger that quotes the row',
      code: 'source-failed',
      ask: () =>
        guardedWrite((table) => {
          const name = `refuse_${table.replaceAll('.', '_')}`;
          return `CREATE FUNCTION ${table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM (NEW.text)::int; RETURN NEW; END $f$; CREATE TRIGGER ${name} BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_refuse()`;
        }),
    },
    {
      name: 'a reader of a table that is not there',
      code: 'source-not-found',
      ask: () => pgvectorReader({ client: client(), table: nextTable() }).count(),
    },
    {
      name: 'a source that is closed',
      code: 'closed',
      ask: async () => {
        const source = pgvectorSource({ client: client(), table: await filled(engine()) });
        await source.close?.();
        return source.search({ query, depth: 1 });
      },
    },
  ];
}
