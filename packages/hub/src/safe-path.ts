import { RetrievalError } from '@secondpass/core';

/**
 * Whether a path from a hub or a lock file stays below the folder that it is joined to, on Linux and on Windows: no
 * `..`, no root, no drive, no backslash, no control character.
 */
export function isSafePath(path: string): boolean {
  if (path.length === 0 || path.length > 1000) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\\:\u0000-\u001f\u007f]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** @throws RetrievalError `model-damaged` when the path would leave the cache */
export function checkSafePath(path: string, model: string): void {
  if (isSafePath(path)) return;
  throw new RetrievalError({
    code: 'model-damaged',
    origin: model,
    problem: `The hub lists a file ${JSON.stringify(path.slice(0, 200))}, which would be written outside the cache.`,
    nextStep: 'Nothing was written. Do not use this model, and tell the hub.',
  });
}
