import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { untilAborted } from '../../foundation/until-aborted.ts';
import type { Expansion } from './expansion-options.ts';

const origin = 'build-context';

/**
 * Texts by id, asked for in one call, each id once.
 *
 * @throws RetrievalError `deadline-exceeded` or `source-failed`, or the signal's reason
 */
export async function fetchDocuments(
  ids: readonly string[],
  { fetch, timeoutMs = 5_000 }: Expansion,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(ids);
  if (wanted.size === 0) return new Map();
  const late = AbortSignal.timeout(Math.ceil(timeoutMs));
  const either = signal ? AbortSignal.any([signal, late]) : late;
  try {
    const documents = await untilAborted(fetch([...wanted], { signal: either }), either);
    return new Map(
      documents.flatMap(({ id, text }) => (wanted.has(id) && text.trim() !== '' ? [[id, text]] : [])),
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (RetrievalError.is(error)) throw error;
    throw new RetrievalError({
      code: late.aborted ? 'deadline-exceeded' : 'source-failed',
      origin,
      problem: late.aborted
        ? `expand.fetch gave no answer within ${timeoutMs} ms.`
        : `expand.fetch failed: ${error instanceof Error ? error.message : describeValue(error)}.`,
      nextStep: 'Fix it, or build the context without expand.',
      cause: error,
    });
  }
}
