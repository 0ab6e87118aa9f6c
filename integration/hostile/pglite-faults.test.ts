import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll } from '@jest/globals';
import { pgvectorSource } from '@secondpass/adapter-pgvector';
import { testFaults } from './faults.ts';
import { filled, query, type SqlEngine, sqlFaults } from './sql-faults.ts';

const client = await PGlite.create({ extensions: { vector } });
await client.exec('CREATE EXTENSION vector');
afterAll(() => client.close());
let tables = 0;
const engine: SqlEngine = {
  client,
  run: (sql) => client.exec(sql),
  nextTable: () => {
    tables += 1;
    return `table_${tables}`;
  },
};
const table = await filled(engine);

const closed = async () => {
  const other = await PGlite.create({ extensions: { vector } });
  await other.close();
  return pgvectorSource({ client: other, table }).search({ query, depth: 1 });
};

testFaults(
  'PGlite',
  [...sqlFaults(() => engine), { name: 'a database that is closed', code: 'closed', ask: closed }],
  async () => {
    const found = await pgvectorSource({ client, table, search: 'exact' }).search({ query, depth: 1 });
    if (found[0]?.id !== 'a') throw new Error('The source does not work afterward.');
  },
);
