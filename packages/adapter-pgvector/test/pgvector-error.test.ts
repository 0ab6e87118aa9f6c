import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { pgvectorError } from '../src/pgvector-error.ts';

const failure = (code: string | undefined, message = 'as the driver says it'): Error & { code?: string } =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

test.each([
  [failure('42P01', 'relation "x" does not exist'), 'source-not-found'],
  [failure('42703'), 'source-not-found'],
  [failure('3D000'), 'source-not-found'],
  [failure('42704', 'type "vector" does not exist'), 'source-not-found'],
  [failure('28P01', 'password authentication failed'), 'source-unreachable'],
  [failure('57P01'), 'source-unreachable'],
  [failure('57P03'), 'source-unreachable'],
  [failure('53300'), 'source-unreachable'],
  [failure('08006'), 'source-unreachable'],
  [failure('ECONNREFUSED'), 'source-unreachable'],
  [failure('ENOTFOUND'), 'source-unreachable'],
  [failure('EAI_AGAIN'), 'source-unreachable'],
  [failure('ECONNRESET'), 'source-unreachable'],
  [failure('ETIMEDOUT'), 'source-unreachable'],
  [failure('EPIPE'), 'source-unreachable'],
  [failure('SELF_SIGNED_CERT_IN_CHAIN'), 'source-unreachable'],
  [failure(undefined, 'Connection terminated unexpectedly'), 'source-unreachable'],
  [failure(undefined, 'timeout exceeded when trying to connect'), 'source-unreachable'],
  [
    failure(undefined, 'Client has encountered a connection error and is not queryable'),
    'source-unreachable',
  ],
  [failure(undefined, 'The server does not support SSL connections'), 'source-unreachable'],
  [failure(undefined, 'Cannot use a pool after calling end on the pool'), 'closed'],
  [failure(undefined, 'PGlite is closed'), 'closed'],
  [failure('22000', 'different vector dimensions 3 and 4'), 'dimension-mismatch'],
  [failure('57014', 'canceling statement due to statement timeout'), 'deadline-exceeded'],
  [failure('42501', 'permission denied for table x'), 'source-failed'],
  [failure('25006', 'cannot execute INSERT in a read-only transaction'), 'source-failed'],
  [failure('40001', 'canceling statement due to conflict with recovery'), 'source-failed'],
  [failure('08P01', 'transaction blocks not allowed in statement pooling mode'), 'source-failed'],
  [failure('08P01', 'query_wait_timeout'), 'source-unreachable'],
  [failure('XX000'), 'source-failed'],
  ['not even an error', 'source-failed'],
  [undefined, 'source-failed'],
])('%s', (error, code) => {
  expect(pgvectorError(error, 'pgvector:t')).toMatchObject({
    code,
    origin: 'pgvector:t',
    nextStep: expect.any(String),
  });
});

test('a name with several addresses fails with an AggregateError that has no message of its own', () => {
  const inner = [
    failure('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432'),
    failure('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432'),
  ];
  const error = Object.assign(new AggregateError(inner), { code: 'ECONNREFUSED' });
  expect(pgvectorError(error, 'o')).toMatchObject({
    code: 'source-unreachable',
    problem: 'connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432.',
    cause: expect.objectContaining({ name: 'AggregateError', code: 'ECONNREFUSED' }),
  });
});

test('no row and no value is told, neither in the cause nor in the message', () => {
  const row = Object.assign(failure('23514', 'new row for relation "x" violates check constraint "y"'), {
    detail: 'Failing row contains (1, Jane Roe).',
    where: 'COPY x, line 1: "Jane Roe"',
  });
  const value = failure('22P02', 'invalid input syntax for type integer: "Jane Roe"');
  for (const error of [row, value]) {
    const told = pgvectorError(error, 'o') as RetrievalError;
    expect(told.cause).toMatchObject({ name: 'Error', code: error.code });
    expect(inspect(told, { depth: 20, showHidden: true })).not.toContain('Jane');
  }
  expect(pgvectorError(value, 'o')).toMatchObject({ problem: 'invalid input syntax for type integer.' });
});

test("what has a meaning already passes: our own errors, and the signal's reason", () => {
  const ours = new RetrievalError({ code: 'closed', origin: 'o', problem: 'P.', nextStep: 'N.' });
  expect(pgvectorError(ours, 'other')).toBe(ours);
  const reason = new Error('stop');
  expect(pgvectorError(reason, 'o', AbortSignal.abort(reason))).toBe(reason);
  expect(pgvectorError(reason, 'o')).not.toBe(reason);
});
