import type { Writable } from 'node:stream';

/** What a stream tells when it has no reader any more: of a pipe, on Windows, of a socket. */
const nobodyReads: ReadonlySet<string | undefined> = new Set([
  'EPIPE',
  'EOF',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
]);

export interface OutputEvents {
  /** The answer has no reader any more (`| head`), which is no failure; told once. */
  onClosed(): void;
  /** The answer cannot be written, as on a full disk; told once. */
  onFailed(error: NodeJS.ErrnoException): void;
}

/**
 * Hears the failures of standard output and standard error, which would end the process otherwise. Those of standard error
 * change nothing: a command goes on, and ends with the code that it has earned.
 */
export function watchOutput(out: Writable, err: Writable, { onClosed, onFailed }: OutputEvents): void {
  err.on('error', () => undefined);
  let isTold = false;
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (isTold) return;
    isTold = true;
    if (nobodyReads.has(error.code)) onClosed();
    else onFailed(error);
  });
}
