import { columnIsOneOf } from './column-conditions.ts';
import type { AddParameter } from './native-fragment.ts';
import { type PayloadPlace, payloadField } from './payload-place.ts';
import { quoteIdentifier, quoteLiteral } from './pgvector-sql.ts';

/** A key of a b-tree, such as the tenant index, is at most a third of a page. */
export const longestTenant = 512;

type PlacedTenant = {
  readonly tenantField: string;
  readonly tenantColumn?: string;
  readonly payload: PayloadPlace;
  readonly exactText?: ReadonlySet<string> | undefined;
};

/** The condition of every search, in addition to its filter: the field is this string, and not a list with it. */
export function tenantCondition(tenant: string, table: PlacedTenant, addParameter: AddParameter): string {
  // The table makes sure that this column is the field, and only by the column PostgreSQL finds the partition.
  if (table.tenantColumn !== undefined)
    return `${quoteIdentifier(table.tenantColumn)} = ${addParameter(tenant)}::text`;
  const { column } = payloadField(table.payload, table.tenantField);
  // The planner has statistics of the column, and a partitioned table is pruned by this form.
  if (column && ['text', 'varchar'].includes(column.type) && table.exactText?.has(column.name))
    return `${quoteIdentifier(column.name)} = ${addParameter(tenant)}::text`;
  const exact = `${tenantExpression(table)} = ${addParameter(JSON.stringify(tenant))}::jsonb`;
  const quick = column && columnIsOneOf(column, [tenant], addParameter);
  return quick === undefined ? exact : `${exact} AND ${quick}`;
}

/** SQL of the tenant field; the index must contain exactly the same expression, so its names are constants. */
export function tenantExpression({ payload, tenantField }: PlacedTenant): string {
  const { root, path } = payloadField(payload, tenantField);
  return `(${[root, ...path.map(quoteLiteral)].join(' -> ')})`;
}
