import { RetrievalError } from '@secondpass/core';
import { describeAsJson } from '@secondpass/core/extend';

/** @throws RetrievalError `invalid-options` unless the value is absent or an integer within the bounds */
export function checkInteger(origin: string, key: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most))
    return;
  refuseOption(origin, key, value, `an integer from ${least} to ${most.toLocaleString('en')}`);
}

/** @throws RetrievalError `invalid-options` unless the value is an integer within the bounds */
export function checkRequired(
  origin: string,
  key: string,
  value: unknown,
  least: number,
  most: number,
): asserts value is number {
  checkInteger(origin, key, value ?? null, least, most);
}

/** @throws RetrievalError `invalid-options` unless the value is one of the words */
export function checkWord(origin: string, key: string, value: unknown, words: readonly string[]): void {
  if (!words.includes(value as string)) {
    refuseOption(origin, key, value, `one of ${words.map((word) => `"${word}"`).join(', ')}`);
  }
}

export function refuseOption(origin: string, key: string, value: unknown, expected: string): never {
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${key} is ${describeAsJson(value)}.`,
    nextStep: `Use ${expected}.`,
  });
}
