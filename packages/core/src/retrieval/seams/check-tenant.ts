import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Document } from './document.ts';

/** What says whether a source has tenants. */
export interface TenantGuard {
  /** Of the source or writer, for errors. */
  readonly name: string;
  /** The payload field that says whose a document is; undefined where there are no tenants. */
  readonly tenantField: string | undefined;
}

/**
 * Checks that a search names a tenant if, and only if, the source is multi-tenant.
 *
 * @param mostBytes of the longest tenant that the engine can look up
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { checkTenant } from '@secondpass/core/extend';
 * checkTenant('acme', { name: 'my-source', tenantField: 'owner' }); // undefined would throw
 */
export function checkTenant(
  tenant: unknown,
  { name, tenantField }: TenantGuard,
  mostBytes = Number.POSITIVE_INFINITY,
): void {
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin: name, problem, nextStep, path: ['tenant'] });
  };
  if (tenantField === undefined) {
    if (tenant !== undefined) {
      refuse('A tenant is named and the source is not multi-tenant.', 'Leave it out, or set tenantField.');
    }
    return;
  }
  if (isTenant(tenant, mostBytes)) return;
  const given = tenant === undefined ? 'missing' : describeValue(tenant);
  refuse(`tenant is ${given}, and the source is multi-tenant.`, `Use ${expected(mostBytes)}.`);
}

/**
 * Whether a document says whose it is, where there are tenants.
 *
 * @throws RetrievalError `invalid-document` unless the document says whose it is
 *
 * @example
 * import { checkOwner } from '@secondpass/core/extend';
 * checkOwner({ id: '1', payload: { owner: 'acme' } }, { name: 'my-writer', tenantField: 'owner' }); // {} would throw
 */
export function checkOwner(
  { id, payload }: Pick<Document, 'id' | 'payload'>,
  { name, tenantField }: TenantGuard,
  mostBytes = Number.POSITIVE_INFINITY,
): void {
  if (tenantField === undefined || isTenant(valueAt(payload, tenantField), mostBytes)) return;
  throw new RetrievalError({
    code: 'invalid-document',
    origin: name,
    problem: `The document ${JSON.stringify(id).slice(0, 100)} has no tenant in "${tenantField}".`,
    nextStep: `Put ${expected(mostBytes)} there; otherwise no search could find the document.`,
  });
}

function expected(mostBytes: number): string {
  return Number.isFinite(mostBytes)
    ? `a non-empty string of at most ${mostBytes} bytes`
    : 'a non-empty string';
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

/** Whether a value can name a tenant. */
export function isTenant(value: unknown, mostBytes = Number.POSITIVE_INFINITY): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.isWellFormed() &&
    !value.includes('\0') &&
    Buffer.byteLength(value) <= mostBytes
  );
}
