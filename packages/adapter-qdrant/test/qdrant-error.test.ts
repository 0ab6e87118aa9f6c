import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { qdrantError } from '../src/qdrant-error.ts';

const answered = (status: number, error: unknown = 'why') =>
  Object.assign(new Error('Status text'), {
    status,
    statusText: 'Status text',
    data: { status: { error } },
    headers: new Headers(),
    url: 'http://host/collections/articles',
  });
const named = (name: string) => Object.assign(new Error('This operation was aborted'), { name });
const network = (code: string) =>
  Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error(`${code} 127.0.0.1:1`), { code }),
  });

describe('what went wrong → code', () => {
  test.each([
    [answered(401), 'source-unreachable', 'apiKey'],
    [answered(403), 'source-unreachable', 'apiKey'],
    [answered(404, "Not found: Collection `articles` doesn't exist!"), 'source-not-found', 'Index documents'],
    [answered(408), 'deadline-exceeded', 'requestTimeoutMs'],
    [answered(413), 'source-failed', 'fewer documents'],
    [answered(429), 'overloaded', 'strict mode'],
    [named('QdrantClientResourceExhaustedError'), 'overloaded', 'strict mode'],
    [answered(502), 'source-unreachable', 'proxy'],
    [answered(503), 'source-unreachable', 'try again'],
    [answered(507), 'source-failed', 'disk'],
    [answered(500), 'source-failed', 'message'],
    [answered(400), 'source-failed', 'message'],
    [
      answered(400, 'Wrong input: Vector dimension error: expected dim: 4, got 3'),
      'dimension-mismatch',
      'model',
    ],
    [answered(400, 'Wrong input: Not existing vector name error: dense'), 'source-not-found', 'vectorName'],
    [
      answered(400, 'Bad request: Index required but not found for "a" of one of the following types'),
      'source-failed',
      'payload index',
    ],
    [
      answered(400, 'Bad request: Exact search disabled!. Help: Set exact=false.'),
      'invalid-options',
      'search_allow_exact',
    ],
    [
      answered(
        400,
        'Bad request: Request is forbidden because global vector indexing is disabled (hnsw_config.m = 0). Help: …',
      ),
      'invalid-options',
      'search_allow_exact',
    ],
    [
      answered(
        400,
        'Bad request: Limit exceeded 11 > 5 for "timeout". Help: Reduce the "timeout" parameter.',
      ),
      'invalid-options',
      'requestTimeoutMs',
    ],
    [
      answered(400, 'Bad request: Limit exceeded 500 > 100 for "limit". Help: Reduce the "limit" parameter.'),
      'invalid-options',
      'depth',
    ],
    [
      answered(400, 'Bad request: Limit exceeded 500 > 100 for "hnsw_ef". Help: Reduce the parameter.'),
      'invalid-options',
      'efSearch',
    ],
    [answered(400, 'Bad request: Max points count exceeded. Help: …'), 'source-failed', 'strict mode'],
    [
      answered(400, 'JSON payload (86000000 bytes) is larger than allowed (limit: 33554432 bytes).'),
      'source-failed',
      'service.max_request_size_mb',
    ],
    [named('QdrantClientTimeoutError'), 'deadline-exceeded', 'timeout'],
    [network('ECONNREFUSED'), 'source-unreachable', 'host, port and TLS'],
    [network('ENOTFOUND'), 'source-unreachable', 'host'],
    [network('UND_ERR_SOCKET'), 'source-unreachable', 'host'],
    [new AggregateError([network('ECONNREFUSED')], ''), 'source-unreachable', 'host'],
    [new SyntaxError('Unexpected token <'), 'source-failed', 'message'],
    ['thrown text', 'source-failed', 'message'],
  ])('%s', (error, code, nextStep) => {
    expect(qdrantError(error, 'qdrant:articles')).toMatchObject({
      code,
      origin: 'qdrant:articles',
      cause: expect.any(Error),
      nextStep: expect.stringContaining(nextStep),
      problem: expect.stringMatching(/\S[.!?]$/),
    });
  });
});

test('an unreadable request is the native filter’s fault when there is one', () => {
  const error = answered(
    400,
    'Format error in JSON body: data did not match any variant of untagged enum Condition',
  );
  expect(qdrantError(error, 'q')).toMatchObject({ code: 'source-failed' });
  expect(qdrantError(error, 'q', { nativeFilter: true })).toMatchObject({ code: 'invalid-filter' });
  const dimensions = answered(400, 'Wrong input: Vector dimension error: expected dim: 4, got 3');
  expect(qdrantError(dimensions, 'q', { nativeFilter: true })).toMatchObject({ code: 'dimension-mismatch' });
});

test('nothing of the request or the answer stands in the cause, but its status', () => {
  const error = Object.assign(new Error('Jane Roe'), {
    status: 418,
    data: 'Jane Roe',
    headers: { 'api-key': 'Jane Roe' },
  });
  const told = qdrantError(error, 'q') as RetrievalError;
  expect(told.cause).toMatchObject({ name: 'Error', status: 418 });
  expect(inspect(told, { depth: 20, showHidden: true })).not.toContain('Jane');
});

test('an error of ours passes as it is', () => {
  const error = new RetrievalError({ code: 'closed', origin: 'q', problem: 'Closed.', nextStep: 'Open.' });
  expect(qdrantError(error, 'other')).toBe(error);
});
