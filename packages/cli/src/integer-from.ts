import { InvalidArgumentError } from 'commander';

/** Reads a flag's integer. @throws InvalidArgumentError that says what was expected */
export function integerFrom(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`An integer from ${least} to ${most.toLocaleString('en')} was expected.`);
  };
}
