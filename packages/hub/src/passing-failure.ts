/** A temporary failure: a cut connection, a busy hub. Never leaves this package. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';
  /** How long the hub asked to wait. */
  readonly retryAfterMs: number;
  /** Whether part of a file arrived, so that the next attempt continues after it. */
  readonly progressed: boolean;

  constructor(
    message: string,
    details: { retryAfterMs?: number; progressed?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.retryAfterMs = details.retryAfterMs ?? 0;
    this.progressed = details.progressed ?? false;
  }
}
