import type { RunStatement } from './transaction-options.ts';

/**
 * Processes that create, prepare or finish the same table take turns. The lock ends with the transaction.
 *
 * @param relation the table's quoted name
 */
export async function lockTable(run: RunStatement, relation: string): Promise<void> {
  const text = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text';
  await run({ text, values: [`secondpass ${relation}`] });
}
