/** The integers that are kept exactly everywhere: those of 64 bits, signed or unsigned. */
const least = -(2n ** 63n);
const most = 2n ** 64n - 1n;

/** Most digits of an integer that is written with an exponent: `1e999999999` would fill the memory. */
const mostDigits = 10_000;

const literal = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Reads a JSON number without changing an integer: as a `number`, or as a `bigint` if it is an integer that a
 * `number` does not hold exactly. Numbers with a fraction become the nearest float64, and -0 becomes 0.
 *
 * @param written the number as JSON text
 * @throws SyntaxError for a number beyond what a float64 holds that is too long to be written out
 * @example
 * exactNumber('42'); // 42
 * exactNumber('1784530912236650497'); // 1784530912236650497n
 * exactNumber('1e21'); // 1e21
 */
export function exactNumber(written: string): number | bigint {
  const value = Number(written);
  if (Number.isSafeInteger(value)) return value + 0;
  const integer = integerOf(written);
  if (integer !== undefined) return compactInteger(integer);
  if (Number.isFinite(value)) return value;
  throw new SyntaxError(`The number ${written.slice(0, 40)} is too large`);
}

/**
 * An integer as {@link exactNumber} gives it. Beyond 64 bits it is a `number` if that number prints the same digits,
 * as a float64 from a database does.
 *
 * @example
 * import { compactInteger } from '@secondpass/core/extend';
 * compactInteger(42n); // → 42
 * compactInteger(1784530912236650497n); // → 1784530912236650497n
 */
export function compactInteger(integer: bigint): number | bigint {
  const value = Number(integer);
  if (Number.isSafeInteger(value)) return value;
  if (isExactEverywhere(integer) || !Number.isFinite(value)) return integer;
  return integerOf(String(value)) === integer ? value : integer;
}

/**
 * Whether an integer is one of 64 bits, which every engine keeps exactly.
 *
 * @example
 * import { isExactEverywhere } from '@secondpass/core/extend';
 * isExactEverywhere(2n ** 63n); // → true
 * isExactEverywhere(2n ** 64n); // → false
 */
export function isExactEverywhere(integer: bigint): boolean {
  return integer >= least && integer <= most;
}

/**
 * Whether a `number` may be a rounded integer: one outside ±(2^53 − 1) and within 64 bits, which only a `bigint`
 * holds exactly. As a `number`, 1784530912236650497 becomes 1784530912236650500, and the result does not show which
 * one was written.
 *
 * @example
 * import { isPerhapsRounded } from '@secondpass/core/extend';
 * isPerhapsRounded(2 ** 53); // → true
 * isPerhapsRounded(42); // → false
 */
export function isPerhapsRounded(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    value >= -(2 ** 63) &&
    value <= 2 ** 64
  );
}

/** The exact integer value of a number; undefined for a number with a fraction or with too many digits. */
function integerOf(written: string): bigint | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = literal.exec(written) ?? [];
  if (whole === undefined) return undefined;
  const digits = fraction.replace(/0+$/, '');
  const zeros = Number(exponent) - digits.length;
  if (zeros > mostDigits) return undefined;
  const all = whole + digits;
  if (zeros < 0 && /[1-9]/.test(all.slice(zeros))) return undefined;
  const magnitude = BigInt(zeros < 0 ? all.slice(0, zeros) : all + '0'.repeat(zeros));
  return sign === '-' ? -magnitude : magnitude;
}
