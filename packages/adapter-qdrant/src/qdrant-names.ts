/** Field of the point's payload that is reserved for the writer. */
export const reservedField = 'secondpass';

/** Qdrant's own rule (characters that no file name may have), and no dots alone, which a URL would resolve. */
export function isCollectionName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^[^<>:"/\\|?*\p{Cc}]+$/u.test(name) &&
    Buffer.byteLength(name) <= 255 &&
    !/^\.{1,2}$/.test(name) &&
    name.isWellFormed()
  );
}

/**
 * In bytes: Qdrant stores a vector in a folder named `vector_storage-` plus its name, and a folder's name has at most
 * 255 bytes.
 */
export const longestVectorName = 240;

export function isVectorName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name.isWellFormed() &&
    !/\p{Cc}/u.test(name) &&
    Buffer.byteLength(name) <= longestVectorName
  );
}

export function isTopLevelField(field: unknown): field is string {
  return (
    typeof field === 'string' && /^[^"\\\0]+$/.test(field) && field.isWellFormed() && field !== reservedField
  );
}

/** A field of the payload; dots reach into objects. */
export function isFieldPath(field: unknown): field is string {
  return (
    typeof field === 'string' &&
    field.isWellFormed() &&
    !/["\\\0]/.test(field) &&
    !field.split('.').includes('')
  );
}
