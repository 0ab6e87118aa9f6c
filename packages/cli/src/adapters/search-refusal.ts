import { RetrievalError } from '@secondpass/core';
import type { OpenSource, SourceSettings } from './adapter.ts';

/**
 * Asks for one passage, as a query does, and gives the error that every query would meet: a first filling that has not
 * finished, a field or a vector that is not there, options that the table was not filled with.
 */
export async function searchRefusal(
  { source, reader }: Pick<OpenSource, 'source' | 'reader'>,
  { tenantField }: SourceSettings,
  signal: AbortSignal,
): Promise<RetrievalError | undefined> {
  const text = 'Is anything wrong?';
  try {
    const vector = source.input === 'text' ? undefined : axis(await reader.dimensions({ signal }));
    await source.search({
      query: { text, ...(vector && { vector }) },
      depth: 1,
      ...(typeof tenantField === 'string' && { tenant: text }),
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (RetrievalError.is(error)) return error;
    throw error;
  }
  return undefined;
}

/** A vector of length 1, because cosine takes none without direction. */
function axis(dimensions: number): Float32Array {
  return new Float32Array(dimensions).fill(1, 0, 1);
}
