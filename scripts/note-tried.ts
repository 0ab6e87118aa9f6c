import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What hostile tests try: a kind of trial, and where. */
export interface Tried {
  readonly kind: 'bad inputs' | 'faults' | 'filters × tenants';
  /** Such as `PostgreSQL`, or the entries of one file. */
  readonly where: string;
  readonly count: number;
}

/**
 * Notes how many trials a test file has made, for the table that `scripts/test.mjs` prints and holds the documentation
 * against. Does nothing where that script does not run the tests.
 */
export function noteTried({ kind, where, count }: Tried): void {
  const folder = process.env['SECONDPASS_TRIED'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const file = `${kind}-${where}`.replaceAll(/[^a-z0-9]+/gi, '-');
  writeFileSync(join(folder, `${file}.json`), JSON.stringify({ kind, where, count }));
}
