import { afterAll, expect, test } from '@jest/globals';
import { noteTried } from '../../../../scripts/note-tried.ts';
import { type Entry, tryInputs } from './try-inputs.ts';

/**
 * Registers a test for each entry: every bad input is refused in words, or answered. Notes how many were tried.
 *
 * @param where names the entries in the table that the run prints
 */
export function testEntries(where: string, entries: readonly Entry[]): void {
  let total = 0;
  test.each(entries.map((entry) => [entry.name, entry] as const))(
    '%s',
    async (_, entry) => {
      const outcome = await tryInputs(entry);
      total += outcome.count;
      expect(outcome.faults).toEqual([]);
      // Where nothing is refused, nothing is checked.
      expect(outcome.refused).toBeGreaterThan(0);
    },
    300_000,
  );
  afterAll(() => noteTried({ kind: 'bad inputs', where, count: total }));
}
