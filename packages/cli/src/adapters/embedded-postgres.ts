import { RetrievalError } from '@secondpass/core';
import { describeFailure } from './describe-failure.ts';

let version: Promise<string> | undefined;

/** The version of the embedded PostgreSQL; starts one in memory to ask it, once. */
export function embeddedVersion(): Promise<string> {
  version ??= readVersion();
  return version;
}

async function readVersion(): Promise<string> {
  const { PGlite } = await import('@electric-sql/pglite');
  const { vector } = await import('@electric-sql/pglite-pgvector');
  try {
    await using client = await PGlite.create({ extensions: { vector } });
    const { rows } = await client.query<{ server: string; pgvector: string }>(
      "SELECT current_setting('server_version') AS server, default_version AS pgvector FROM pg_available_extensions WHERE name = 'vector'",
    );
    return `embedded PostgreSQL ${rows[0]?.server} with pgvector ${rows[0]?.pgvector}`;
  } catch (error) {
    throw new RetrievalError({
      code: 'source-failed',
      origin: 'embedded PostgreSQL',
      problem: `It does not start: ${describeFailure(error)}.`,
      nextStep: 'Install the packages again; they contain it.',
      cause: error,
    });
  }
}
