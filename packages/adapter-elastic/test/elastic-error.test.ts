import { Client } from '@elastic/elasticsearch';
import { expect, test } from '@jest/globals';
import { elasticSource } from '@secondpass/adapter-elastic';

test('where nobody listens, the error says so instead of naming a status', async () => {
  const client = new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 });
  const source = elasticSource({ client, index: 'articles', match: 'text' });
  await expect(source.search({ query: { text: 'any' }, depth: 1 })).rejects.toMatchObject({
    code: 'source-unreachable',
    problem: expect.stringContaining('ECONNREFUSED'),
  });
  await client.close();
});
