import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { foreignCause } from '../../src/foundation/foreign-cause.ts';
import { RetrievalError } from '../../src/index.ts';

const secret = 'sk-very-secret';
const text = 'Jane Roe lived at 12 Harbour Street';

/** Everything that a log of the error would show, hidden properties and causes included. */
const everythingOf = (error: unknown) => inspect(error, { depth: 20, showHidden: true });

class DatabaseError extends Error {
  readonly code = '23514';
  readonly severity = 'ERROR';
  readonly detail = `Failing row contains (1, ${text}).`;
  override readonly name = 'DatabaseError';
}

describe('what is kept of a foreign error', () => {
  test('tells its class, its codes and its place, and no text', () => {
    const cause = foreignCause(new DatabaseError(`new row "${text}" violates a check`));
    expect(cause).toMatchObject({
      name: 'DatabaseError',
      code: '23514',
      severity: 'ERROR',
      message: '23514',
    });
    expect(cause.stack).toMatch(/^DatabaseError: 23514\n +at .*foreign-cause\.test/);
    expect(everythingOf(cause)).not.toContain('Jane');
  });

  test('holds nothing of a request, an answer or nested causes', () => {
    const inner = Object.assign(new Error(`Parse Error: ${secret}`), {
      code: 'HPE_INVALID_CONSTANT',
      data: text,
    });
    const outer = Object.assign(new TypeError('fetch failed', { cause: inner }), {
      meta: { body: text, headers: { authorization: secret } },
      errors: [new Error(text)],
      statusCode: 400,
    });
    outer.stack = `TypeError: fetch failed\n${text}\n    at here (file.js:1:1)`;
    const error = new RetrievalError({
      code: 'source-failed',
      origin: 'x',
      problem: 'It failed.',
      nextStep: 'Look.',
      cause: foreignCause(outer),
    });
    const all = everythingOf(error);
    for (const kept of ['TypeError', 'statusCode: 400', 'HPE_INVALID_CONSTANT']) expect(all).toContain(kept);
    expect(all).not.toContain('secret');
    expect(all).not.toContain('Jane');
  });

  test('is our own error itself', () => {
    const own = new RetrievalError({ code: 'closed', origin: 'x', problem: 'Closed.', nextStep: 'Open.' });
    expect(foreignCause(own)).toBe(own);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', text],
    ['a code that is a sentence', { code: text, name: text, message: text }],
    [
      'an object whose getters throw',
      {
        get code() {
          throw new Error(text);
        },
        get stack() {
          throw new Error(text);
        },
      },
    ],
  ])('of %s is an error without it', (_, thrown) => {
    const cause = foreignCause(thrown);
    expect(cause).toBeInstanceOf(Error);
    expect(everythingOf(cause)).not.toContain('Jane');
  });

  test('of an error that is its own cause ends', () => {
    const circle = new Error(text) as Error & { cause?: unknown };
    circle.cause = circle;
    expect(everythingOf(foreignCause(circle))).not.toContain('Jane');
  });
});
