/** PostgreSQL truncates a longer name silently, so two names could mean the same table. */
export function isIdentifier(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name !== '' &&
    name.isWellFormed() &&
    !name.includes('\0') &&
    Buffer.byteLength(name) <= 63
  );
}

/** `articles`, or `search.articles` with its schema. */
export function isTableName(name: unknown): name is string {
  if (typeof name !== 'string') return false;
  const parts = name.split('.');
  return parts.length <= 2 && parts.every(isIdentifier);
}

export function isColumnList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isIdentifier) && new Set(value).size === value.length;
}

/** A field of the payload; dots reach into objects. */
export function isPayloadField(field: unknown): field is string {
  return (
    typeof field === 'string' &&
    field.isWellFormed() &&
    !field.includes('\0') &&
    !field.split('.').includes('')
  );
}

/** Whether a field is one of the columns, or is inside one. */
export function holds(columns: Iterable<string>, field: string): boolean {
  return [...columns].some((column) => field === column || field.startsWith(`${column}.`));
}

export interface VectorCast {
  readonly type: 'vector' | 'halfvec';
  readonly dimensions: number;
}

/**
 * A column's name, or its name and cast as they stand in an expression index, such as `embedding::halfvec(3072)`.
 *
 * @returns undefined for what is neither
 */
export function parseVectorColumn(
  written: unknown,
): { readonly vector: string; readonly vectorCast?: VectorCast } | undefined {
  if (typeof written === 'string' && written.includes('::')) {
    const [, vector, type, digits] = /^(.+?)::(vector|halfvec)\((\d{1,5})\)$/.exec(written) ?? [];
    const dimensions = Number(digits);
    if (!isIdentifier(vector) || dimensions < 1 || dimensions > 16_000) return undefined;
    return { vector, vectorCast: { type: type as VectorCast['type'], dimensions } };
  }
  return isIdentifier(written) ? { vector: written } : undefined;
}
