import { FailedTry } from './failed-try.ts';

/**
 * Asks with all texts, and where the service finds that too large (413) in two halves, one after the other.
 *
 * @returns what was answered, one per text, in their order
 * @throws as `ask` does; the refusal of a single text too
 */
export async function inHalves<T>(
  texts: readonly string[],
  ask: (texts: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await ask(texts);
  } catch (error) {
    if (!(error instanceof FailedTry && error.status === 413 && texts.length > 1)) throw error;
    const middle = Math.ceil(texts.length / 2);
    const first = await inHalves(texts.slice(0, middle), ask);
    return [...first, ...(await inHalves(texts.slice(middle), ask))];
  }
}
