import { createHash } from 'node:crypto';

/** A random namespace that must never change: with another one, every document would get another point. */
const namespace = Buffer.from('7f0b1c526d0e4e0c9a575e3b7d0c2a11', 'hex');

/**
 * A document's id → its point's id. Qdrant accepts only unsigned integers and UUIDs, so the point always gets the
 * id's UUID version 5 (RFC 9562: SHA-1 of namespace and name). The id itself is in the payload.
 */
export function pointId(id: string): string {
  const hash = createHash('sha1').update(namespace).update(id, 'utf8').digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const digits = hash.toString('hex');
  const ends = [8, 12, 16, 20, 32];
  return ends.map((end, index) => digits.slice(ends[index - 1] ?? 0, end)).join('-');
}

/** A point's own id, converted back from text to Qdrant's form; undefined for a text that no point can have. */
export function foreignPointId(id: string): string | number | undefined {
  if (/^(?:0|[1-9]\d*)$/.test(id)) return Number.isSafeInteger(Number(id)) ? Number(id) : undefined;
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id) ? id : undefined;
}
