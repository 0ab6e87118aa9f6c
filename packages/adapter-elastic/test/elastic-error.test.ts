import { inspect } from 'node:util';
import { Client } from '@elastic/elasticsearch';
import { expect, test } from '@jest/globals';
import { elasticSource } from '@secondpass/adapter-elastic';
import { elasticError, withoutValue } from '../src/elastic-error.ts';

test('where nobody listens, the error says so instead of naming a status', async () => {
  const client = new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 });
  const source = elasticSource({ client, index: 'articles', match: 'text' });
  await expect(source.search({ query: { text: 'any' }, depth: 1 })).rejects.toMatchObject({
    code: 'source-unreachable',
    problem: expect.stringContaining('ECONNREFUSED'),
  });
  await client.close();
});

test('nothing of the request, the answer or a document stands in an error', () => {
  const reason =
    "failed to parse field [year] of type [integer] in document with id '1'. Preview of field's value: 'Jane Roe'";
  const error = Object.assign(new Error(reason), {
    name: 'ResponseError',
    meta: {
      statusCode: 400,
      body: { error: { type: 'document_parsing_exception', reason } },
      meta: { request: { params: { body: 'Jane Roe', headers: { authorization: 'Jane Roe' } } } },
    },
  });
  const told = elasticError(error, 'e');
  expect(told.problem).toBe("failed to parse field [year] of type [integer] in document with id '1'.");
  expect(told.cause).toMatchObject({ name: 'ResponseError' });
  expect(inspect(told, { depth: 20, showHidden: true })).not.toContain('Jane');
  expect(withoutValue('For input string: "Jane Roe"')).toBe('For input string');
});
