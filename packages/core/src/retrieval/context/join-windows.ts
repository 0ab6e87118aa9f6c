/** Consecutive ids, and which of the given windows they were joined from. */
export interface JoinedWindow {
  readonly ids: readonly string[];
  readonly members: readonly number[];
}

/**
 * Joins windows of one sequence that have ids in common: [2, 3, 4] and [4, 5, 6] become [2, 3, 4, 5, 6]. Windows that
 * contradict each other are not joined. The result is in the order of the first members.
 */
export function joinWindows(windows: readonly (readonly string[])[]): readonly JoinedWindow[] {
  const joined: { ids: readonly string[]; members: number[] }[] = [];
  for (const [index, window] of windows.entries()) {
    let grown: { ids: readonly string[]; members: number[] } = { ids: window, members: [index] };
    // A window that has grown may now overlap one that it did not overlap before.
    for (let place = 0; place < joined.length; ) {
      const ids = join(joined[place]!.ids, grown.ids) ?? join(grown.ids, joined[place]!.ids);
      if (!ids) {
        place += 1;
        continue;
      }
      grown = { ids, members: [...joined[place]!.members, ...grown.members].sort((a, b) => a - b) };
      joined.splice(place, 1);
      place = 0;
    }
    joined.push(grown);
  }
  return joined.sort((a, b) => a.members[0]! - b.members[0]!);
}

/** Joins two windows if the second begins within the first and agrees with it from there on. */
function join(first: readonly string[], second: readonly string[]): readonly string[] | undefined {
  const start = first.indexOf(second[0]!);
  if (start < 0) return undefined;
  const shared = Math.min(first.length - start, second.length);
  for (let offset = 0; offset < shared; offset += 1) {
    if (first[start + offset] !== second[offset]) return undefined;
  }
  return [...first, ...second.slice(shared)];
}
