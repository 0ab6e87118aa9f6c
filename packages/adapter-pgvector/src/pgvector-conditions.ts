import type { Filter } from '@secondpass/core';
import type { AddParameter } from './native-fragment.ts';
import { filterExpression } from './pgvector-filter.ts';
import { quoteIdentifier } from './pgvector-sql.ts';
import type { PgvectorTable } from './resolve-table.ts';
import { tenantCondition } from './tenant-guard.ts';

export interface Restriction {
  readonly filter?: Filter | undefined;
  /** Checked by `checkTenant`. */
  readonly tenant?: string | undefined;
}

/**
 * What a row must satisfy, each in brackets of its own and to be joined by AND: no filter reaches the tenant's condition.
 *
 * @throws RetrievalError `invalid-filter`
 */
export function restrictions(
  { filter, tenant }: Restriction,
  table: Pick<PgvectorTable, 'name' | 'columns' | 'tenantField'>,
  addParameter: AddParameter,
): string[] {
  const { tenantField } = table;
  const conditions: string[] = [];
  if (tenantField !== undefined) {
    if (tenant === undefined) throw new TypeError('A search of a multi-tenant table needs its tenant.');
    conditions.push(`(${tenantCondition(tenant, { ...table, tenantField }, addParameter)})`);
  }
  if (filter !== undefined) {
    const payload = payloadExpression(table);
    conditions.push(`(${filterExpression(filter, payload && `(${payload})`, addParameter, table.name)})`);
  }
  return conditions;
}

/** SQL of the payload as jsonb, or null where the table has none. */
export function payloadExpression({ columns }: Pick<PgvectorTable, 'columns'>): string | null {
  return columns.payload === null ? null : `${quoteIdentifier(columns.payload)}::jsonb`;
}
