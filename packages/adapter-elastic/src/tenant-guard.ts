import { type Filter, RetrievalError, type StoredDocument } from '@secondpass/core';
import { describeValue } from '@secondpass/core/extend';

/**
 * The condition of a search for this tenant, in addition to the caller's filter and outside of it.
 *
 * @throws RetrievalError `invalid-options` for a search without a tenant where there are tenants, or the reverse
 */
export function checkTenant(
  tenant: unknown,
  tenantField: string | undefined,
  origin: string,
): Filter | undefined {
  if (tenantField === undefined) {
    if (tenant === undefined) return undefined;
    throw new RetrievalError({
      code: 'invalid-options',
      origin,
      problem: 'A tenant is named and the source is not multi-tenant.',
      nextStep: 'Leave it out, or set tenantField.',
      path: ['tenant'],
    });
  }
  if (!isTenant(tenant)) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin,
      problem: `tenant is ${tenant === undefined ? 'missing' : describeValue(tenant)}, and the source is multi-tenant.`,
      nextStep: 'Use a non-empty string.',
      path: ['tenant'],
    });
  }
  return { field: tenantField, eq: tenant };
}

/** @throws RetrievalError `invalid-document` unless the document says whose it is */
export function checkOwner(
  { id, payload }: StoredDocument,
  tenantField: string | undefined,
  origin: string,
): void {
  if (tenantField === undefined) return;
  let value: unknown = payload;
  for (const key of tenantField.split('.')) {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    value = isObject ? (value as Record<string, unknown>)[key] : undefined;
  }
  if (isTenant(value)) return;
  throw new RetrievalError({
    code: 'invalid-document',
    origin,
    problem: `The document ${JSON.stringify(id).slice(0, 100)} has no tenant in "${tenantField}".`,
    nextStep: 'Put a non-empty string there; otherwise no search could find the document.',
  });
}

function isTenant(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !value.includes('\0');
}
