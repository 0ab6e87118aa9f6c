import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { describeFailure } from '../../adapters/describe-failure.ts';
import type { QueryRows } from '../../adapters/with-postgres.ts';
import type { InitDatabase } from './database.ts';
import { postgresPlaces } from './postgres-places.ts';

export const embeddedDatabase: InitDatabase = {
  name: 'embedded',
  title: 'PostgreSQL inside this process (PGlite), kept in a folder: nothing to install',
  adapter: 'pgvector',
  place: 'table',

  async connect(answers) {
    const directory = await answers.text({
      flag: 'directory',
      message: 'In which folder is the database, or should it be created?',
      preset: '.secondpass/database',
    });
    return { directory };
  },

  async look({ directory }, signal) {
    // Opening a database creates it, and looking should not.
    const database = await stat(join(String(directory), 'PG_VERSION')).catch(() => undefined);
    if (!database) return [];
    return postgresPlaces((work) => withEmbedded(String(directory), work), signal);
  },
};

/** @throws RetrievalError `source-failed` if it cannot be opened, for example because another process has it open */
async function withEmbedded<T>(directory: string, work: (query: QueryRows) => Promise<T>): Promise<T> {
  const origin = `pgvector:${directory}`;
  const [{ lockDirectory }, { PGlite }, { vector }] = await Promise.all([
    import('@secondpass/adapter-pgvector'),
    import('@electric-sql/pglite'),
    import('@electric-sql/pglite-pgvector'),
  ]);
  const unlock = await lockDirectory(directory, origin);
  try {
    await using client = await PGlite.create({ dataDir: directory, extensions: { vector } });
    return await work(
      async (statement, values = []) => (await client.query<Record<string, unknown>>(statement, values)).rows,
    );
  } catch (error) {
    throw new RetrievalError({
      code: 'source-failed',
      origin,
      problem: `The embedded database cannot be read: ${describeFailure(error)}.`,
      nextStep: 'Name another folder with --directory.',
      cause: error,
    });
  } finally {
    unlock();
  }
}
