import { expect, test } from '@jest/globals';
import { RetrievalError } from '../src/index.ts';

const details = {
  code: 'source-unreachable',
  origin: 'pgvector:articles',
  problem: 'Nobody answers at localhost:5432.',
  nextStep: 'Start PostgreSQL.',
} as const;

test('says who refuses, what happened and what to do', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new RetrievalError({ ...details, cause });
  expect(error.message).toBe('pgvector:articles: Nobody answers at localhost:5432. Start PostgreSQL.');
  expect(error).toMatchObject({ ...details, name: 'RetrievalError', cause });
  expect(new RetrievalError(details)).not.toHaveProperty('cause');
});

test('is recognized across copies of the package, and nothing else is', async () => {
  const copy = { [Symbol.for('secondpass.RetrievalError')]: true };
  expect(RetrievalError.is(copy)).toBe(true);
  for (const other of [new Error('x'), null, undefined, 'RetrievalError', {}]) {
    expect(RetrievalError.is(other)).toBe(false);
  }
});
