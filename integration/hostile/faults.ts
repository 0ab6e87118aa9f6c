import { inspect } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { noteTried } from '../../scripts/note-tried.ts';

/** Stands in the rows and in what a broken engine says; no error may show it. */
export const rowText = 'Jane Roe, diagnosis 7f3a91';

/** One way in which an engine, or what is in it, is broken. */
export interface Fault {
  readonly name: string;
  readonly code: RetrievalErrorCode;
  /** Breaks something, and gives what is then asked; it must reject. */
  readonly ask: () => Promise<unknown>;
  /** Puts right what was broken for others. */
  readonly mend?: () => unknown;
}

/**
 * Registers a test for each fault: the error has the code, names nothing of a row, comes in time, and the engine answers
 * afterwards. Notes how many were tried.
 *
 * @param where the engine's name in the table that the run prints
 * @param works a search that must succeed after each fault
 */
export function testFaults(where: string, faults: readonly Fault[], works: () => Promise<unknown>): void {
  let told = 0;
  test.each(faults.map((fault) => [fault.name, fault] as const))('fault: %s', async (_, fault) => {
    const late = AbortSignal.timeout(30_000);
    const missed = new Promise((resolve) =>
      late.addEventListener('abort', () => resolve('no answer in time')),
    );
    const asked = fault.ask().then(
      (answer) => `answered: ${inspect(answer).slice(0, 200)}`,
      (error: unknown) => error,
    );
    const outcome = await Promise.race([asked, missed]).finally(() => fault.mend?.());
    if (!RetrievalError.is(outcome)) throw new Error(`${fault.name}: ${inspect(outcome)}`);
    expect({ code: outcome.code, message: outcome.message }).toEqual({
      code: fault.code,
      message: outcome.message,
    });
    expect(inspect(outcome, { depth: 10, showHidden: true })).not.toContain(rowText);
    expect(outcome.nextStep.length).toBeGreaterThan(10);
    await works();
    told += 1;
  });
  afterAll(() => noteTried({ kind: 'faults', where, count: told }));
}
