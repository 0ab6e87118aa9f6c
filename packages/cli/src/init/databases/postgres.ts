import { withPostgres } from '../../adapters/with-postgres.ts';
import { addressVariable } from '../variables.ts';
import type { InitDatabase } from './database.ts';
import { postgresPlaces } from './postgres-places.ts';

export const postgresDatabase: InitDatabase = {
  name: 'pgvector',
  title: 'PostgreSQL with pgvector',
  adapter: 'pgvector',
  place: 'table',

  async connect(answers, session) {
    const check = (url: string) =>
      /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)
        ? undefined
        : 'a URL such as postgres://user:password@host:5432/database';
    return { url: await addressVariable(answers, { preset: 'DATABASE_URL', check }, session) };
  },

  look: ({ url }, signal) =>
    postgresPlaces(
      (work, during) => withPostgres(String(url), { origin: 'pgvector', signal: during }, work),
      signal,
    ),
};
