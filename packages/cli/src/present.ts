type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Removes undefined keys, so that core's own defaults apply. */
export function present<T extends object>(settings: T): Present<T> {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}
