import { RetrievalError, type StoredDocument } from '@secondpass/core';
import { describeValue } from '@secondpass/core/extend';
import { columnIsOneOf } from './column-conditions.ts';
import type { AddParameter } from './native-fragment.ts';
import { type PayloadPlace, payloadField } from './payload-place.ts';
import { quoteLiteral } from './pgvector-sql.ts';
import type { PgvectorTable } from './resolve-table.ts';

/** A b-tree key holds no more than a third of a page, and an index on the tenant is one. */
const longestTenant = 512;

type TenantTable = Pick<PgvectorTable, 'name' | 'tenantField'>;
type PlacedTenant = { readonly tenantField: string; readonly payload: PayloadPlace };

/**
 * Whether a search names a tenant where there are tenants, and none where there are none.
 *
 * @throws RetrievalError `invalid-options`
 */
export function checkTenant(tenant: unknown, { name, tenantField }: TenantTable): void {
  if (tenantField !== undefined) {
    if (isTenant(tenant)) return;
    throw new RetrievalError({
      code: 'invalid-options',
      origin: name,
      problem: `tenant is ${tenant === undefined ? 'missing' : describeValue(tenant)}, and the source is multi-tenant.`,
      nextStep: `Use a non-empty string of at most ${longestTenant} bytes.`,
      path: ['tenant'],
    });
  }
  if (tenant === undefined) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: 'A tenant is named and the source is not multi-tenant.',
    nextStep: 'Leave it out, or set tenantField.',
    path: ['tenant'],
  });
}

/** The condition of every search, in addition to its filter: the field is this string, and not a list with it. */
export function tenantCondition(tenant: string, table: PlacedTenant, addParameter: AddParameter): string {
  const exact = `${tenantExpression(table)} = ${addParameter(JSON.stringify(tenant))}::jsonb`;
  const { column } = payloadField(table.payload, table.tenantField);
  const quick = column && columnIsOneOf(column, [tenant], addParameter);
  return quick === undefined ? exact : `${exact} AND ${quick}`;
}

/** SQL of the tenant field; in an index it must be the same to the letter, so its names are constants. */
export function tenantExpression({ payload, tenantField }: PlacedTenant): string {
  const { root, path } = payloadField(payload, tenantField);
  return `(${[root, ...path.map(quoteLiteral)].join(' -> ')})`;
}

/** @throws RetrievalError `invalid-document` unless the document says whose it is */
export function checkOwner({ id, payload }: StoredDocument, { name, tenantField }: TenantTable): void {
  if (tenantField === undefined || isTenant(valueAt(payload, tenantField))) return;
  throw new RetrievalError({
    code: 'invalid-document',
    origin: name,
    problem: `The document ${JSON.stringify(id).slice(0, 100)} has no tenant in "${tenantField}".`,
    nextStep: `Put a non-empty string of at most ${longestTenant} bytes there; otherwise no search could find the document.`,
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
