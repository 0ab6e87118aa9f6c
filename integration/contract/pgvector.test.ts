import { afterAll, describe, test } from '@jest/globals';
import { type PgvectorClient, pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import { candidateSourceContract } from '@secondpass/core/testing';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema } from '../services/test-schema.ts';

const engine = await startPgvector();
const schema = 'notRun' in engine ? undefined : await createTestSchema(engine.url);
const single = await schema?.pool.connect();

describeEngine('pgvector', engine, ({ version, stop }) => {
  const nobody = new pg.Pool({ host: '127.0.0.1', port: 1 });
  afterAll(async () => {
    single?.release();
    await schema?.drop();
    await stop();
  });

  const clients = [
    ['a pool', schema!.pool, 'exact'],
    ['one client', single!, 'hnsw'],
  ] as const satisfies readonly (readonly [string, PgvectorClient, 'exact' | 'hnsw'])[];
  describe.each(clients)(`${version}: %s`, (_, client, search) => {
    candidateSourceContract(test, {
      open: async () => {
        const options = { client, table: schema!.nextTable(), search };
        return { source: pgvectorSource(options), writer: pgvectorWriter(options) };
      },
      unreachable: async () => pgvectorSource({ client: nobody, table: 'nowhere' }),
      askClient: () => client.query('SELECT 1'),
    });
  });
});
