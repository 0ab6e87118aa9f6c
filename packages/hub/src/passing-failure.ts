/** A failure that another attempt may not meet: a cut connection, a busy hub. Never leaves this package. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';
  /** How long the hub asked to wait. */
  readonly retryAfterMs: number;
  /** Whether part of a file came, so that the next attempt begins further on. */
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
