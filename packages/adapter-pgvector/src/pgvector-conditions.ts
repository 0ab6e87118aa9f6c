import type { Filter } from '@secondpass/core';
import type { AddParameter } from './native-fragment.ts';
import type { PlacedTable } from './payload-place.ts';
import { filterExpression } from './pgvector-filter.ts';
import { tenantCondition } from './tenant-condition.ts';

export interface Restriction {
  readonly filter?: Filter | undefined;
  /** Checked by `checkTenant`. */
  readonly tenant?: string | undefined;
}

/**
 * The conditions on a row, each in its own brackets, to be joined by AND: no filter can affect the tenant's
 * condition.
 *
 * @throws RetrievalError `invalid-filter`
 */
export function restrictions(
  { filter, tenant }: Restriction,
  table: Pick<PlacedTable, 'name' | 'payload' | 'tenantField' | 'tenantColumn' | 'unlisted'>,
  addParameter: AddParameter,
): string[] {
  const { tenantField } = table;
  const conditions: string[] = [];
  if (tenantField !== undefined) {
    if (tenant === undefined) throw new TypeError('A search of a multi-tenant table needs its tenant.');
    conditions.push(`(${tenantCondition(tenant, { ...table, tenantField }, addParameter)})`);
  }
  if (filter !== undefined) conditions.push(`(${filterExpression(filter, table, addParameter)})`);
  return conditions;
}
