import type { PassageStateStore } from '@secondpass/core/extend';

/** Distinguishes a store from the options to open one. */
export function isStore(given: unknown): given is PassageStateStore {
  const { get, put } = (given ?? {}) as Partial<PassageStateStore>;
  return typeof get === 'function' && typeof put === 'function';
}
