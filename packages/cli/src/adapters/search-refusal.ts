import { RetrievalError } from '@secondpass/core';
import type { OpenSource, SourceSettings } from './adapter.ts';

/**
 * Searches for one passage and returns the error that every query would get: a first indexing that has not finished, a
 * missing field or vector, or options that differ from those that the table was filled with.
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

/** A vector of length 1: cosine is not defined for a zero vector. */
function axis(dimensions: number): Float32Array {
  return new Float32Array(dimensions).fill(1, 0, 1);
}
