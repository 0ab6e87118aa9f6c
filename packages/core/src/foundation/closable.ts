/**
 * Something that is closed once nothing uses it any more: by `close()`, or at the end of a block by `await using`.
 *
 * One rule holds everywhere: closing an object closes what was opened for it, and leaves open what was passed to it.
 */
export interface Closable extends AsyncDisposable {
  /** Safe to call twice. */
  close(): Promise<void>;
}

interface MayClose {
  close?(): Promise<void>;
}

/**
 * The object, made usable by `await using`. It is changed in place.
 *
 * @example
 * import { closable } from '@secondpass/core/extend';
 * let isOpen = true;
 * {
 *   await using _part = closable({ close: async () => void (isOpen = false) });
 * }
 * isOpen; // → false
 */
export function closable<T extends { close(): Promise<void> }>(object: T): T & Closable {
  return Object.assign(object, { [Symbol.asyncDispose]: () => object.close() });
}

/**
 * A copy of a plain object whose `close()` closes, after the object itself, the parts that were opened for it.
 *
 * @example
 * import { fusedSource } from '@secondpass/core/sources';
 * import { owning } from '@secondpass/core/extend';
 * import { inMemorySource } from '@secondpass/core/testing';
 * const parts = ['a', 'b'].map((name) => ({ ...inMemorySource().source, name }));
 * await using source = owning(fusedSource({ sources: parts }), parts); // at the end, it closes both
 * source.name; // → 'a+b'
 */
export function owning<T extends MayClose>(object: T, parts: readonly MayClose[]): T & Closable {
  const close = async () => {
    await object.close?.();
    await Promise.all(parts.map((part) => part.close?.()));
  };
  return closable({ ...object, close });
}
