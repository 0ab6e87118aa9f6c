import type { Writable } from 'node:stream';

/** How long a finished command waits for open handles of libraries, in milliseconds. */
const patienceMs = 3000;

/**
 * Ends the process of a finished command. Node ends by itself when nothing is open, but a library that leaves a timer
 * or a socket open, for example after a failed open, would keep the process alive forever. Pending output is written
 * first.
 */
export function endSoon(out: Writable): void {
  const timer = setTimeout(() => {
    if (out.writableLength === 0 || out.errored) process.exit();
    endSoon(out);
  }, patienceMs);
  // If nothing else is open, the process ends earlier.
  timer.unref();
}
