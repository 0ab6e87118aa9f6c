import { test } from '@jest/globals';
import type { PgvectorPool } from '@secondpass/adapter-pgvector';
import { pgvectorSource } from '@secondpass/adapter-pgvector';
import { type CandidateSourceContractOptions, candidateSourceContract } from '@secondpass/core/testing';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import type { TestSchema } from '../services/test-schema.ts';
import { existingTables } from './existing-table.ts';
import { wideningFilters } from './widening-filters.ts';

export interface ClusterUnderTest
  extends Pick<CandidateSourceContractOptions, 'open'>,
    Partial<Pick<CandidateSourceContractOptions, 'unreachable' | 'exempt'>> {
  /** What the sources search through. */
  readonly client: PgvectorPool;
}

/**
 * The whole contract of sources on servers that are more than one, which takes minutes: only with
 * PGVECTOR_CLUSTER_CONTRACT=1, and otherwise counted as not run.
 *
 * @param schemaOf called when a test runs; the tables that it makes are the contract's
 * @param start opens what is tested; called only where the contract is run
 */
export function describeClusterContract(
  name: string,
  schemaOf: () => TestSchema,
  start: () => ClusterUnderTest,
): void {
  const isAsked = process.env['PGVECTOR_CLUSTER_CONTRACT'] === '1';
  const engine = isAsked ? {} : { notRun: 'it takes minutes; set PGVECTOR_CLUSTER_CONTRACT=1.' };
  describeEngine(name, engine, () => {
    const { client, ...given } = start();
    candidateSourceContract(test, {
      unreachable: async () =>
        pgvectorSource({ client: new pg.Pool({ host: '127.0.0.1', port: 1 }), table: 'nowhere' }),
      askClient: () => client.query('SELECT 1'),
      tenants: { wideningFilters },
      fetch: true,
      reader: { tolerance: 0 },
      existing: existingTables(client, { query: (...asked) => schemaOf().pool.query(...asked) }, () =>
        schemaOf().nextTable(),
      ),
      ...given,
    });
  });
}
