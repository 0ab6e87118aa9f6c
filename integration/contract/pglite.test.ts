import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, describe, test } from '@jest/globals';
import { pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import { candidateSourceContract } from '@secondpass/core/testing';

const pglite = await PGlite.create({ extensions: { vector } });
let tables = 0;

describe('PGlite', () => {
  afterAll(() => pglite.close());

  candidateSourceContract(test, {
    open: async () => {
      tables += 1;
      const options = { client: pglite, table: `table_${tables}`, search: 'exact' } as const;
      return { source: pgvectorSource(options), writer: pgvectorWriter(options) };
    },
    unreachable: async () => {
      const closed = await PGlite.create({ extensions: { vector } });
      await closed.close();
      return pgvectorSource({ client: closed, table: 'nowhere' });
    },
    askClient: () => pglite.query('SELECT 1'),
    exempt: [
      {
        rule: 'an engine that does not answer is source-unreachable, with its cause',
        reason: 'PGlite runs in this process; once closed it is closed, not unreachable',
      },
    ],
  });
});
