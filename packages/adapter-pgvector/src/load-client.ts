import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';

/**
 * Loads a client library, which is installed only where it is used.
 *
 * @param packages what npm would install
 * @throws RetrievalError `missing-dependency`
 */
export async function loadClient<T>(
  importThem: () => Promise<T>,
  packages: string,
  origin: string,
): Promise<T> {
  try {
    return await importThem();
  } catch (cause) {
    throw new RetrievalError({
      code: 'missing-dependency',
      origin,
      problem: `${packages.replace(/@[\d.]+/g, '').replace(' ', ' and ')} cannot be loaded.`,
      nextStep: `Run: npm install ${packages}`,
      cause: foreignCause(cause),
    });
  }
}
