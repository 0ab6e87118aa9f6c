import type { Writable } from 'node:stream';

/** The error codes of a stream without a reader: for a pipe, on Windows, for a socket. */
const nobodyReads: ReadonlySet<string | undefined> = new Set([
  'EPIPE',
  'EOF',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
]);

export interface OutputEvents {
  /** Nothing reads the output any more (`| head`), which is not a failure; called once. */
  onClosed(): void;
  /** The answer cannot be written, for example on a full disk; called once. */
  onFailed(error: NodeJS.ErrnoException): void;
}

/**
 * Handles failures of standard output and standard error, which would otherwise end the process. Failures of standard
 * error are ignored: the command continues, and its exit code stays the same.
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
