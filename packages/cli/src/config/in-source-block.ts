import { RetrievalError } from '@secondpass/core';
import type { ParsedConfig } from './parse-config-text.ts';

/** An adapter's errors name only the key. Adds the file, the line and `source`. */
export function inSourceBlock(
  error: unknown,
  { file, lineOf }: { readonly file: string } & Pick<ParsedConfig, 'lineOf'>,
): unknown {
  if (!RetrievalError.is(error) || error.code !== 'invalid-config') return error;
  const { code, problem, nextStep, path = [] } = error;
  const line = lineOf(['source', ...path.map(String)]);
  return new RetrievalError({
    code,
    origin: line === undefined ? file : `${file}:${line}`,
    problem: `source${path.length === 0 ? ': ' : '.'}${problem}`,
    nextStep,
    path: ['source', ...path],
    cause: error,
  });
}
