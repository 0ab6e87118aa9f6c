import { RetrievalError } from '@secondpass/core';
import { describeAsJson, nearestName } from '@secondpass/core/extend';
import type { z } from 'zod';
import { isSecretKey } from '../secrets.ts';

export interface ConfigProblems {
  readonly file: string;
  /** The configuration as written, before variables were replaced: errors may show it. */
  readonly written: unknown;
  /** The known keys at a path. */
  readonly knownKeys: (path: readonly string[]) => readonly string[];
  /** The line of a key, if the format has lines. */
  readonly lineOf: (path: readonly string[]) => number | undefined;
}

/** Every problem of a configuration in one error: key, value, what was expected. */
export function configError(error: z.ZodError, context: ConfigProblems): RetrievalError {
  const lines = error.issues.flatMap((issue) => describeIssue(issue, context));
  const first = lines[0]!;
  const many = lines.length > 1;
  return new RetrievalError({
    code: 'invalid-config',
    origin: first.line === undefined || many ? context.file : `${context.file}:${first.line}`,
    problem: many
      ? `There are ${lines.length} mistakes:${lines.map(({ text, line }) => `\n  ${line ? `line ${line}: ` : ''}${text}.`).join('')}\n`
      : `${first.text}.`,
    nextStep: 'Correct the configuration; the README of secondpass lists every key.',
    cause: error,
  });
}

interface Problem {
  readonly text: string;
  readonly line: number | undefined;
}

function describeIssue(issue: z.core.$ZodIssue, context: ConfigProblems): readonly Problem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = context.knownKeys(path);
      const near = nearestName(key, known);
      const hint = near ? `did you mean "${near}"?` : `known here: ${known.join(', ')}`;
      return {
        text: `${[...path, key].join('.')} is not a known key; ${hint}`,
        line: context.lineOf([...path, key]),
      };
    });
  }
  const value = valueAt(context.written, path);
  const shown = show(value, path.at(-1) ?? '');
  const name = path.join('.') || 'the file';
  return [{ text: `${name} is ${shown}, and ${expected(issue)} was expected`, line: context.lineOf(path) }];
}

/** A value as written. A secret is shown only as the name of its variable. */
function show(value: unknown, key: string): string {
  if (value === undefined) return 'missing';
  const hidden = isSecretKey(key) && !(typeof value === 'string' && /^\$\{\w+\}$/.test(value));
  return hidden ? '***' : describeAsJson(value, 80);
}

/** What was expected, such as `a list of at least 2`. */
export function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const kinds: Record<string, string> = {
        object: 'a block of keys',
        array: 'a list',
        int: 'an integer',
        boolean: 'true or false',
      };
      return kinds[issue.expected] ?? `a ${issue.expected}`;
    }
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      if (issue.origin === 'array') return `a list of at least ${issue.minimum}`;
      return issue.origin === 'string' ? 'a non-empty string' : `a number from ${issue.minimum}`;
    case 'too_big':
      return `a number up to ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, key) =>
      typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[key] : undefined,
    value,
  );
}
