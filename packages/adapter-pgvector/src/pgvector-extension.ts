import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import type { RunStatement } from './transaction-options.ts';

/** The errors of a server without the extension's files, and of a user who may not create it. */
const refusals = ['42501', '0A000', '58P01'];

/**
 * Creates the `vector` extension in a database that lacks it.
 *
 * @throws RetrievalError `source-not-found` when the server has no pgvector or the user may not create extensions
 */
export async function createExtension(run: RunStatement, origin: string): Promise<void> {
  const present = await run({ text: "SELECT to_regtype('vector') IS NOT NULL AS present" });
  if (present[0]?.['present'] === true) return;
  try {
    await run({ text: 'CREATE EXTENSION IF NOT EXISTS vector' });
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    if (code === undefined || !refusals.includes(code)) throw cause;
    throw new RetrievalError({
      code: 'source-not-found',
      origin,
      problem: `The database has no vector extension, and creating it was refused: ${message}.`,
      nextStep:
        'Install pgvector on the server and have an administrator run CREATE EXTENSION vector in this database.',
      cause: foreignCause(cause),
    });
  }
}
