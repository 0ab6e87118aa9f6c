/** What was begun for an item; `work` goes on by itself. */
export interface Begun {
  readonly work: Promise<unknown>;
}

/**
 * Begins the work for an item while that for the item before is still going on, or its result is being used: a model
 * computes while a database writes. `begin` and the consumer take turns. An item whose work is done does not wait for a
 * stream that pauses, and items before a failure are given out first.
 *
 * @param begin called once for each item, in order
 */
export async function* oneAhead<T, B extends Begun>(
  items: AsyncIterable<T>,
  begin: (item: T) => Promise<B>,
): AsyncGenerator<B> {
  const iterator = items[Symbol.asyncIterator]();
  let reading = iterator.next();
  let before: B | undefined;
  try {
    for (;;) {
      // Its failure is thrown below, when the item before was given out.
      reading.catch(() => {});
      if (before && (await isFirst(before.work, reading))) {
        yield before;
        before = undefined;
      }
      let next: B | undefined;
      try {
        const { done, value } = await reading;
        if (!done) {
          next = await begin(value);
          // The consumer meets a failure when it is the item's turn.
          next.work.catch(() => {});
          reading = iterator.next();
        }
      } catch (error) {
        if (before) yield before;
        throw error;
      }
      if (before) yield before;
      if (!next) return;
      before = next;
    }
  } finally {
    // Not awaited: a stream that pauses would hold up the answer.
    void iterator.return?.().catch(() => {});
  }
}

/** Whether `work` settles before `reading` does. */
function isFirst(work: Promise<unknown>, reading: Promise<unknown>): Promise<boolean> {
  const answer = (value: boolean) => () => value;
  return Promise.race([work.then(answer(true), answer(true)), reading.then(answer(false), answer(false))]);
}
