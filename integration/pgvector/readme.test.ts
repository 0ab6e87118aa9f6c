import { afterAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { readmeExamples, runExample } from '../readme-examples.ts';
import { startPgvector } from '../services/pgvector.ts';

const engine = await startPgvector();
const { examples, names } = readmeExamples('packages/adapter-pgvector/README.md');

describeEngine('pgvector', engine, ({ url, stop }) => {
  afterAll(async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const name of names) await client.query(`DROP TABLE IF EXISTS ${name}`);
    await client.end();
    await stop();
  });

  test('there are seven examples, of names that they share', () => {
    expect(examples).toHaveLength(7);
    expect(names.length).toBeGreaterThan(1);
  });

  test.each(examples)('%s', async (_, code) => {
    const { stdout, stderr } = await runExample(code, { DATABASE_URL: url, REPLICA_URL: url });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/1 a 0\.994|rank: 1/);
  });
});
