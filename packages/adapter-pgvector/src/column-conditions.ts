import type { AddParameter } from './native-fragment.ts';
import { quoteIdentifier } from './pgvector-sql.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** Column type → the type in which a value is compared with it, so that an index on the column can be used. */
const comparedAs: Readonly<Record<string, string>> = {
  text: 'text',
  varchar: 'text',
  int2: 'int8',
  int4: 'int8',
  int8: 'int8',
  numeric: 'numeric',
  float8: 'float8',
};

/**
 * SQL that is true for at least all rows whose column is one of the values, and that can use an index on the column;
 * or undefined. It is added to the exact condition, which compares JSON values.
 */
export function columnIsOneOf(
  column: Column,
  values: readonly unknown[],
  addParameter: AddParameter,
): string | undefined {
  const type = comparedAs[column.type];
  if (type === undefined || !values.every((value) => canBe(type, value))) return undefined;
  return `${quoteIdentifier(column.name)} = ANY(${addParameter(values.map(String))}::${type}[])`;
}

/** The same for a comparison with a number. Not for strings: a database's collation orders them differently. */
export function columnCompares(
  column: Column,
  sign: string,
  operand: unknown,
  addParameter: AddParameter,
): string | undefined {
  const type = comparedAs[column.type];
  if (type === undefined || type === 'text' || !canBe(type, operand)) return undefined;
  return `${quoteIdentifier(column.name)} ${sign} ${addParameter(String(operand))}::${type}`;
}

function canBe(type: string, value: unknown): boolean {
  if (type === 'text') return typeof value === 'string';
  // An int8 column would refuse a larger one, and a float8 column would round it.
  if (typeof value === 'bigint') return type === 'numeric' || (type === 'int8' && isInt8(value));
  return type === 'int8' ? Number.isSafeInteger(value) : typeof value === 'number';
}

function isInt8(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}
