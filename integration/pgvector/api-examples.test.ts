import { afterAll, expect, test } from '@jest/globals';
import { runEngineExamples } from '../api-examples/run-engine-examples.ts';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';

describeEngine('pgvector', await startPgvector(), ({ url, stop }) => {
  let schema: TestSchema;
  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  test("the examples of the adapter's docstrings run, and come to what they say", async () => {
    schema = await createTestSchema(url);
    // Every table of an example is made in a schema that nothing else has.
    const own = new URL(url);
    own.searchParams.set('options', `-c search_path=${schema.name},public`);
    const { count, complaints } = await runEngineExamples('adapter-pgvector', { DATABASE_URL: own.href });
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThan(6);
  }, 600_000);
});
