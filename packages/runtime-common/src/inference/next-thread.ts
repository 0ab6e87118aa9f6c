/**
 * A thread that will be idle in less than this gets the next batch already, in milliseconds: the event loop may be late by
 * as much when all cores compute.
 */
const mostAheadMs = 8;
/** Padded tokens of short requests that a thread may hold beyond that: one short request's half, for two threads. */
const mostUrgentTokens = 512;

/** What a thread has not answered. */
export interface ThreadLoad {
  /** Batches, the running one included. */
  readonly batches: number;
  /** How long it will take, in milliseconds. */
  readonly msAhead: number;
  /** Padded tokens of its urgent batches. */
  readonly urgentTokens: number;
}

/** What waits for a thread. */
export interface WaitingWork {
  readonly waitingBatches: number;
  /** Whether the next batch is one of a short request. */
  readonly shortIsNext: boolean;
}

/**
 * The thread that gets the next batch: an idle one; otherwise, for a short request, the one where it waits for the fewest
 * others of its kind, because it overtakes the rest; otherwise the one that will be idle first, if that is soon. Where
 * batches take long, nothing waits in a thread, and the next batch goes to the first that becomes idle; so do the last
 * batches of long requests.
 *
 * @param onlyIdle whether no thread is to be given anything before it is idle
 * @returns `undefined` if the next batch has to wait
 */
export function nextThread<Thread extends ThreadLoad>(
  threads: readonly Thread[],
  { waitingBatches, shortIsNext }: WaitingWork,
  onlyIdle = false,
): Thread | undefined {
  const idle = threads.find(({ batches }) => batches === 0);
  if (idle || onlyIdle) return idle;
  if (shortIsNext) {
    const goingOn = threads.filter(({ batches, msAhead }) => batches > 1 || msAhead < mostAheadMs);
    const overtaken = least(goingOn, ({ urgentTokens }) => urgentTokens);
    if (overtaken && overtaken.urgentTokens < mostUrgentTokens) return overtaken;
  }
  if (waitingBatches <= threads.length) return undefined;
  const soonest = least(threads, ({ msAhead }) => msAhead);
  return soonest && soonest.msAhead < mostAheadMs ? soonest : undefined;
}

function least<Thread>(threads: readonly Thread[], load: (thread: Thread) => number): Thread | undefined {
  let found: Thread | undefined;
  for (const thread of threads) {
    if (found === undefined || load(thread) < load(found)) found = thread;
  }
  return found;
}
