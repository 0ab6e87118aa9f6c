import { RetrievalError, type StoredDocument } from '@secondpass/core';
import { refuseOption } from './check-option.ts';
import type { AddParameter } from './native-fragment.ts';
import { quoteIdentifier, quoteLiteral } from './pgvector-sql.ts';
import type { PgvectorTable } from './resolve-table.ts';

/** A b-tree key holds no more than a third of a page, and an index on the tenant is one. */
const longestTenant = 512;

type TenantTable = Pick<PgvectorTable, 'name' | 'columns' | 'tenantField'>;

/**
 * Whether a search names a tenant where there are tenants, and none where there are none.
 *
 * @throws RetrievalError `invalid-options`
 */
export function checkTenant(tenant: unknown, { name, tenantField }: TenantTable): void {
  if (tenantField !== undefined) {
    if (isTenant(tenant)) return;
    const expected = `a non-empty string of at most ${longestTenant} bytes: the source is multi-tenant`;
    refuseOption(name, 'tenant', tenant, expected);
  }
  if (tenant === undefined) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: 'A tenant is named and the source is not multi-tenant.',
    nextStep: 'Leave it out, or set tenantField.',
  });
}

/** The condition that every search stands under, beside its filter: the field is this string, and not a list with it. */
export function tenantCondition(
  tenant: string,
  table: TenantTable & { readonly tenantField: string },
  addParameter: AddParameter,
): string {
  return `${tenantExpression(table)} = ${addParameter(JSON.stringify(tenant))}::jsonb`;
}

/** SQL of the tenant field; in an index it must be the same to the letter, so its names are constants. */
export function tenantExpression({
  columns,
  tenantField,
}: TenantTable & { readonly tenantField: string }): string {
  const keys = tenantField.split('.').map(quoteLiteral);
  return `(${[`${quoteIdentifier(columns.payload!)}::jsonb`, ...keys].join(' -> ')})`;
}

/** @throws RetrievalError `invalid-document` unless the document says whose it is */
export function checkOwner({ id, payload }: StoredDocument, { name, tenantField }: TenantTable): void {
  if (tenantField === undefined || isTenant(valueAt(payload, tenantField))) return;
  throw new RetrievalError({
    code: 'invalid-document',
    origin: name,
    problem: `The document ${JSON.stringify(id).slice(0, 100)} has no tenant in "${tenantField}".`,
    nextStep: `Put a non-empty string of at most ${longestTenant} bytes there; nobody could find the document otherwise.`,
  });
}

function valueAt(payload: unknown, field: string): unknown {
  let value = payload;
  for (const key of field.split('.')) {
    const holds =
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key);
    value = holds ? (value as Record<string, unknown>)[key] : undefined;
  }
  return value;
}

function isTenant(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.isWellFormed() &&
    !value.includes('\0') &&
    Buffer.byteLength(value) <= longestTenant
  );
}
