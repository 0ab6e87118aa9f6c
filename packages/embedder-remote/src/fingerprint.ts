import { createHash } from 'node:crypto';

/** A digest of everything that a passage's vector is known to depend on. */
export function fingerprintOf(settings: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}
