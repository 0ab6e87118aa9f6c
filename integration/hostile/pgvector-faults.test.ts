import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll } from '@jest/globals';
import { pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { type Fault, rowText, testFaults } from './faults.ts';
import { document, filled, query, type SqlEngine, sqlFaults } from './sql-faults.ts';

const engine = await startPgvector();

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  let table: string;
  let sql: SqlEngine;
  const role = `test_${randomUUID().replaceAll('-', '')}`;

  beforeAll(async () => {
    schema = await createTestSchema(url, { max: 4 });
    sql = {
      client: schema.pool,
      run: (text) => schema.pool.query(text),
      nextTable: () => schema.nextTable(),
    };
    table = await filled(sql);
    await schema.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'plain'`);
    await schema.pool.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`);
  });
  afterAll(async () => {
    await schema.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await schema.drop();
    await stop();
  });

  const at = (change: Partial<URL>) => Object.assign(new URL(url), change).href;
  /** Does some work on a pool of its own. */
  const onPool = async (
    connectionString: string,
    work: (pool: pg.Pool) => Promise<unknown>,
    more: pg.PoolConfig = {},
  ) => {
    const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 2000, max: 1, ...more });
    pool.on('error', () => undefined);
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  };
  const search = (client: pg.Pool, more: object = {}, asked: object = {}) =>
    pgvectorSource({ client, table, search: 'exact', ...more }).search({ query, depth: 1, ...asked });
  const write = (client: pg.Pool) =>
    pgvectorWriter({ client, table, textSearch: {} }).write([{ ...document, id: 'b' }]);
  const asRole = { username: role, password: 'plain' };
  /** What answers is no PostgreSQL. */
  const answeredBy = async (answer: (socket: Socket) => void) => {
    const server: Server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    return onPool(at({ hostname: '127.0.0.1', port: String(port) }), search).finally(() => server.close());
  };
  const slow = { filter: { native: { sql: 'pg_sleep(5) IS NOT NULL' } } };

  const onServer: readonly Fault[] = [
    {
      name: 'a wrong password',
      code: 'source-unreachable',
      ask: () => onPool(at({ password: 'wrong' }), search),
    },
    {
      name: 'a user that is not there',
      code: 'source-unreachable',
      ask: () => onPool(at({ username: 'nobody_here' }), search),
    },
    {
      name: 'a database that is not there',
      code: 'source-not-found',
      ask: () => onPool(at({ pathname: '/nowhere' }), search),
    },
    {
      name: 'a port without a server',
      code: 'source-unreachable',
      ask: () => onPool(at({ port: '1' }), search),
    },
    {
      name: 'a host that is not there',
      code: 'source-unreachable',
      ask: () => onPool(at({ hostname: 'no-such-host.invalid' }), search),
    },
    {
      name: 'a server without TLS',
      code: 'source-unreachable',
      ask: () => onPool(url, search, { ssl: true }),
    },
    { name: 'a user who may not read', code: 'source-failed', ask: () => onPool(at(asRole), search) },
    {
      name: 'a user who may not write',
      code: 'source-failed',
      ask: async () => {
        await schema.pool.query(`GRANT SELECT ON ${table} TO ${role}`);
        return onPool(at(asRole), write);
      },
    },
    {
      name: 'too many connections',
      code: 'source-unreachable',
      ask: async () => {
        await schema.pool.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
        return onPool(at(asRole), search);
      },
      mend: () => schema.pool.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`),
    },
    {
      name: 'a database that may only be read',
      code: 'source-failed',
      ask: () => onPool(url, write, { options: '-c default_transaction_read_only=on' }),
    },
    {
      name: 'a statement that takes too long',
      code: 'deadline-exceeded',
      ask: () => search(schema.pool, { statementTimeoutMs: 100 }, slow),
    },
    {
      name: 'a table that another session locks',
      code: 'deadline-exceeded',
      ask: async () => {
        const holder = await schema.pool.connect();
        await holder.query(`BEGIN; LOCK TABLE ${table}`);
        return search(schema.pool, { statementTimeoutMs: 100 }).finally(() =>
          holder.query('ROLLBACK').then(() => holder.release()),
        );
      },
    },
    {
      name: 'a backend that is ended',
      code: 'source-unreachable',
      ask: () =>
        onPool(url, (pool) =>
          search(pool, {}, { filter: { native: { sql: 'pg_terminate_backend(pg_backend_pid())' } } }),
        ),
    },
    {
      name: 'a pool that is closed',
      code: 'closed',
      ask: async () => {
        const pool = new pg.Pool({ connectionString: url });
        await pool.end();
        return search(pool);
      },
    },
    {
      name: 'a connection closed at its first message',
      code: 'source-unreachable',
      ask: () => answeredBy((socket) => socket.destroy()),
    },
    {
      name: 'a connection reset at its first message',
      code: 'source-unreachable',
      ask: () => answeredBy((socket) => socket.resetAndDestroy()),
    },
    {
      name: 'a server that never answers',
      code: 'source-unreachable',
      ask: () => answeredBy(() => undefined),
    },
    {
      name: 'an error of the server that quotes a row',
      code: 'source-failed',
      ask: () => answeredBy((socket) => socket.end(errorMessage('XX000', 'broken', rowText))),
    },
    {
      name: 'a server that is starting',
      code: 'source-unreachable',
      ask: () =>
        answeredBy((socket) => socket.end(errorMessage('57P03', 'the database system is starting up', ''))),
    },
    {
      name: 'a disk that is full',
      code: 'source-failed',
      ask: () =>
        answeredBy((socket) =>
          socket.end(errorMessage('53100', 'could not extend file: No space left on device', rowText)),
        ),
    },
  ];

  testFaults('PostgreSQL', [...sqlFaults(() => sql), ...onServer], async () => {
    const found = await search(schema.pool);
    if (found[0]?.id !== 'a') throw new Error('The source does not work afterward.');
  });
});

/** An ErrorResponse of PostgreSQL's protocol. */
function errorMessage(code: string, message: string, detail: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0D${detail}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
