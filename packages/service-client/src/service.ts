import type { RetrievalErrorCode } from '@secondpass/core';

/** What services of one kind have in common, as far as requests to them and their failures differ by it. */
export interface ServiceKind {
  /** Code of an error for what the service refuses. */
  readonly failed: RetrievalErrorCode;
  /** Code of an error for when nobody answers. */
  readonly unreachable: RetrievalErrorCode;
  /** Statuses beside the usual ones that may be well a moment later. @default none */
  readonly alsoPassing?: readonly number[];
  /** Bytes that are read of an answer at most, by the bytes of the request's body before compression. */
  readonly longestAnswer: (sentBytes: number) => number;
  /** What the reader of an error can do, where that differs from kind to kind; sentences. */
  readonly nextSteps: {
    readonly key: string;
    readonly tooLarge: string;
    readonly tooSlow: string;
    readonly unusable: string;
  };
}

export interface Service {
  /** For errors. */
  readonly origin: string;
  readonly kind: ServiceKind;
}
