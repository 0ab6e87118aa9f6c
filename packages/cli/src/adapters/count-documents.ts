import { RetrievalError } from '@secondpass/core';
import type { OpenSource } from './adapter.ts';

/** How many documents are stored, or `null` if the table, collection or index does not exist yet. */
export async function countDocuments({ writer }: OpenSource, signal: AbortSignal): Promise<number | null> {
  try {
    return await writer.count({ signal });
  } catch (error) {
    if (RetrievalError.is(error) && error.code === 'source-not-found') return null;
    throw error;
  }
}

/** How long `doctor` waits for a server. */
export const patienceMs = 5_000;
