/** Fields of an error that tell its kind and can hold neither a secret nor a text. */
const kept = ['code', 'errno', 'syscall', 'status', 'statusCode', 'severity', 'routine'] as const;
const longestWord = 80;
const deepest = 5;

/**
 * The safe part of another library's error, to be the `cause` of ours: its class, codes and stack, and those of its
 * causes. The message and everything else are left out: such errors hold requests, answers, rows and keys, and a
 * log of the error would show them. Put what a reader needs of the message into `problem`.
 *
 * An error of ours is returned unchanged. The function never throws.
 *
 * @example
 * import { RetrievalError } from '@secondpass/core';
 * import { foreignCause } from '@secondpass/core/extend';
 * const problem = 'PostgreSQL refused the statement.';
 * const nextStep = 'Check the name of the table.';
 * const cause = foreignCause(new Error('relation "salaries" does not exist'));
 * new RetrievalError({ code: 'source-failed', origin: 'my-source', problem, nextStep, cause }).code; // → 'source-failed'
 * String(cause).includes('salaries'); // → false
 */
export function foreignCause(error: unknown): Error {
  return reduced(error, deepest);
}

function reduced(error: unknown, depth: number): Error {
  if (typeof error !== 'object' || error === null) return named(new Error(), typeof error);
  if (isOurs(error)) return error;
  const cause = read(error, 'cause');
  const name = word(read(error, 'name')) ?? 'Error';
  const message = word(read(error, 'code')) ?? '';
  const inner = cause !== undefined && depth > 0 && { cause: reduced(cause, depth - 1) };
  const result = named(inner ? new Error(message, inner) : new Error(message), name);
  for (const key of kept) {
    const value = read(error, key);
    const small = typeof value === 'number' ? value : word(value);
    if (small !== undefined) Object.defineProperty(result, key, { value: small, enumerable: true });
  }
  const frames = String(read(error, 'stack') ?? '')
    .split('\n')
    .filter((line) => /^\s+at .{1,500}$/.test(line));
  const head = result.message === '' ? name : `${name}: ${result.message}`;
  Object.defineProperty(result, 'stack', { value: [head, ...frames].join('\n') });
  return result;
}

function named(error: Error, name: string): Error {
  Object.defineProperty(error, 'name', { value: name });
  return error;
}

/** An identifier, such as `ECONNREFUSED` or `23505`, never a sentence. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= longestWord && /^[\w.-]+$/.test(value)
    ? value
    : undefined;
}

function isOurs(error: object): error is Error {
  return Symbol.for('secondpass.RetrievalError') in error;
}

/** A foreign getter may throw. */
function read(error: object, key: string): unknown {
  try {
    return (error as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
