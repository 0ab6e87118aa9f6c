import type { Writable } from 'node:stream';

/** How long a command that is done waits for what libraries left open, in milliseconds. */
const patienceMs = 3000;

/**
 * Ends the process of a command that is done. By itself it ends once nothing is open; a library that leaves a timer or a socket
 * behind, as after a failed open, would keep it for good. An answer that is still being written is waited for.
 */
export function endSoon(out: Writable): void {
  const timer = setTimeout(() => {
    if (out.writableLength === 0 || out.errored) process.exit();
    endSoon(out);
  }, patienceMs);
  // Without anything else open the process ends before.
  timer.unref();
}
