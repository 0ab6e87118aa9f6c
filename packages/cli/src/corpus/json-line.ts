import { describeAsJson, isNestedWithin, longestPassage, parseJson } from '@secondpass/core/extend';
import { inputError } from './input-error.ts';

/** The deepest nesting: above the 32 levels of a payload, far below the recursion limit. */
const deepestLine = 64;

/** One line of a JSONL file. */
export function parseJsonLine(text: string, where: string): unknown {
  const value = parse(text, where);
  if (isNestedWithin(value, deepestLine)) return value;
  throw inputError(
    where,
    `The line is nested more than ${deepestLine} levels deep.`,
    'Write fewer lists and objects inside each other.',
  );
}

function parse(text: string, where: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw inputError(
      where,
      `The line is not JSON: ${(error as Error).message}.`,
      'Write one JSON value per line, without line breaks inside.',
      error,
    );
  }
}

/** An id as text: a non-empty string, or an integer. */
export function readId(value: unknown, where: string): string {
  if (typeof value === 'string' && value.trim() !== '') return checkedText(value, '"id"', where);
  if (Number.isSafeInteger(value) || typeof value === 'bigint') return String(value);
  throw inputError(
    where,
    `"id" is ${describe(value)}, and a non-empty string or an integer was expected.`,
    'Give the document a unique id.',
  );
}

/** Reads a text that both stages accept. */
export function readText(value: unknown, key: string, where: string): string {
  if (typeof value !== 'string') {
    throw inputError(where, `${key} is ${describe(value)}, and a string was expected.`, 'Write a string.');
  }
  if (value.trim() === '') {
    throw inputError(where, `${key} is empty.`, 'Fill it, or remove the line.');
  }
  return checkedText(value, key, where);
}

function checkedText(value: string, key: string, where: string): string {
  if (value.length > longestPassage) {
    throw inputError(
      where,
      `${key} is ${value.length.toLocaleString('en')} characters long, above the limit of ${longestPassage.toLocaleString('en')}.`,
      'Split it into passages of a few hundred words.',
    );
  }
  if (value.includes('\0')) {
    throw inputError(where, `${key} contains a NUL character.`, 'Remove \\u0000 from the text.');
  }
  if (!value.isWellFormed()) {
    throw inputError(
      where,
      `${key} contains a lone surrogate (half of a \\ud83d\\ude00 pair).`,
      'Write the whole pair, or the character itself.',
    );
  }
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Shows a value in an error, shortened, so that it is never a whole document. */
export function describe(value: unknown): string {
  const json = value === undefined ? 'missing' : describeAsJson(value, Number.POSITIVE_INFINITY);
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}
