import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, describe, test } from '@jest/globals';
import {
  pgvectorReader,
  pgvectorSource,
  pgvectorTextSource,
  pgvectorWriter,
} from '@secondpass/adapter-pgvector';
import { candidateSourceContract, type OpenOptions, textSourceContract } from '@secondpass/core/testing';
import { existingTables } from '../pgvector/existing-table.ts';
import { wideningFilters } from '../pgvector/widening-filters.ts';

const pglite = await PGlite.create({ extensions: { vector } });
const reason = 'PGlite runs in this process; once closed it is closed, not unreachable';
let tables = 0;

function nextTable({ tenantField }: OpenOptions = {}) {
  tables += 1;
  return { client: pglite, table: `table_${tables}`, ...(tenantField !== undefined && { tenantField }) };
}

async function closedClient() {
  const closed = await PGlite.create({ extensions: { vector } });
  await closed.close();
  return { client: closed, table: 'nowhere' };
}

afterAll(() => pglite.close());

describe('PGlite', () => {
  candidateSourceContract(test, {
    open: async (options) => {
      const shared = nextTable(options);
      return {
        source: pgvectorSource({ ...shared, search: 'exact' }),
        writer: pgvectorWriter(shared),
        reader: pgvectorReader(shared),
      };
    },
    unreachable: async () => pgvectorSource(await closedClient()),
    askClient: () => pglite.query('SELECT 1'),
    tenants: { wideningFilters },
    fetch: true,
    reader: { tolerance: 0 },
    existing: existingTables(pglite, pglite, () => nextTable().table),
    exempt: [{ rule: 'an engine that does not answer is source-unreachable, with its cause', reason }],
  });
});

describe('PGlite: full text', () => {
  textSourceContract(test, {
    open: async (options) => {
      const shared = nextTable(options);
      return { source: pgvectorTextSource(shared), writer: pgvectorWriter({ ...shared, textSearch: {} }) };
    },
    unreachable: async () => pgvectorTextSource(await closedClient()),
    tenants: { wideningFilters },
    exempt: [{ rule: 'a missing table is source-not-found, and a silent engine source-unreachable', reason }],
  });
});
