/** The program of docs/quickstart-postgres.md, and its configuration, on a table that secondpass did not fill. */

import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadBiEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { describeEngine } from '../engines.ts';
import { exampleTimeoutMs, runExampleProgram, runSecondpass } from '../example-programs.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';

const engine = await startPgvector();
const program = 'own-postgres-table/run.ts';
const madeUp = () => `test_${randomUUID().replaceAll('-', '')}`;

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  let environment: { readonly DATABASE_URL: string };

  beforeAll(async () => {
    schema = await createTestSchema(url);
    // Where the example's table goes too, so that nothing outside of the test's schema is touched.
    const own = new URL(url);
    own.searchParams.set('options', `-c search_path=${schema.name},public`);
    environment = { DATABASE_URL: own.href };
  });
  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  const tables = async () => {
    const { rows } = await schema.pool.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
      schema.name,
    ]);
    return rows.map(({ tablename }) => tablename);
  };

  test(
    'is searched by vectors and by words, reranked, filtered, and dropped again',
    async () => {
      const TABLE = madeUp();
      const { stdout, stderr } = await runExampleProgram(program, { ...environment, TABLE });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^1 0\.\d{3} 101 Yeast eats sugar .*author: 'Ines'/);
      expect(stdout.trim().split('\n')).toHaveLength(3);
      // No vector of these letters and digits means anything; the words find the passage.
      const error = await runExampleProgram(program, { ...environment, TABLE }, 'what is E1042');
      expect(error.stdout).toMatch(/^1 0\.9\d\d 108 /);
      expect(await tables()).not.toContain(TABLE);
    },
    exampleTimeoutMs,
  );

  test(
    'a table of that name that was there stays as it is',
    async () => {
      const TABLE = madeUp();
      await schema.pool.query(`CREATE TABLE ${schema.name}.${TABLE} (mine int)`);
      const refused = runExampleProgram(program, { ...environment, TABLE });
      await expect(refused).rejects.toMatchObject({
        stderr: expect.stringContaining(`"${TABLE}" already exists`),
      });
      expect(await tables()).toContain(TABLE);
    },
    exampleTimeoutMs,
  );

  test(
    "the page's configuration searches such a table, and index refuses it before it embeds",
    async () => {
      const table = madeUp();
      const texts = ['Yeast makes dough rise.', 'The harbor froze in 1929.'];
      const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
      const vectors = await embedder.embed({ texts, kind: 'passage' });
      await embedder.close();
      await schema.pool.query(`
        CREATE TABLE ${schema.name}.${table} (number int PRIMARY KEY, body text, author text, year int, embedding vector(384))`);
      for (const [index, text] of texts.entries()) {
        await schema.pool.query(`INSERT INTO ${schema.name}.${table} VALUES ($1, $2, 'Ines', 2024, $3)`, [
          index,
          text,
          `[${vectors[index]!.join()}]`,
        ]);
      }
      const page = await readFile(new URL('../../docs/quickstart-postgres.md', import.meta.url), 'utf8');
      const [, yaml] = /```yaml\n(.*?)```/s.exec(page)!;
      const config = join(tmpdir(), `${table}.yaml`);
      const corpus = join(tmpdir(), `${table}.jsonl`);
      await writeFile(config, yaml!.replace('table: articles', `table: ${table}`));
      await writeFile(corpus, '{"id": "1", "text": "Salt slows yeast down."}\n');
      try {
        const asked = ['--query', 'what makes dough get bigger', '--json'];
        const { stdout } = await runSecondpass(environment, 'search', '--config', config, ...asked);
        const { hits } = JSON.parse(stdout);
        expect(hits[0].candidate).toMatchObject({ id: '0', text: texts[0], payload: { year: 2024 } });

        const indexing = runSecondpass(environment, 'index', '--config', config, '--corpus', corpus);
        const refused = await indexing.catch((error: { readonly stderr: string }) => error);
        // The command hides the password, which is the project's name where a container was started for this test.
        expect(refused.stderr).toContain(`The table ${table} was not created by `);
        expect(refused.stderr).toContain('searched and never written');
        expect(refused.stderr).not.toContain('Embedding');
        const { rows } = await schema.pool.query(
          `SELECT count(*)::int, obj_description('${schema.name}.${table}'::regclass) AS mark FROM ${schema.name}.${table}`,
        );
        expect(rows).toEqual([{ count: 2, mark: null }]);
      } finally {
        await Promise.all([rm(config), rm(corpus)]);
      }
    },
    exampleTimeoutMs,
  );
});
