/** Elasticsearch's own rules; they also exclude names for several indices, or for none. */
export function isIndexName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^[^-_+\\/*?"<>|\s,#:\0][^\\/*?"<>|\s,#:\0]*$/.test(name) &&
    name === name.toLowerCase() &&
    !/^\.\.?$/.test(name) &&
    name.isWellFormed() &&
    Buffer.byteLength(name) <= 255
  );
}

export function isFieldName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^[^\s*\0.]+(\.[^\s*\0.]+)*$/.test(name) &&
    name.isWellFormed() &&
    name !== 'secondpass'
  );
}

/** A field of the payload; dots reach into objects. */
export function isPayloadField(name: unknown): name is string {
  return (
    typeof name === 'string' && name.isWellFormed() && !name.includes('\0') && !name.split('.').includes('')
  );
}
