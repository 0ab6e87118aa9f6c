import type { ServiceAnswer, ServiceCall } from '@secondpass/service-client';
import type { RemoteScale } from '../score-scale.ts';

/** A service's score of one document, with the document's index in the request. */
export interface IndexedScore {
  readonly index: number;
  readonly score: number;
}

/** One request to a service, with the function that reads its answer. */
export interface RerankCall extends ServiceCall {
  /** @throws Error that says what is wrong with the answer, without quoting texts */
  read(answer: ServiceAnswer): readonly IndexedScore[];
  /** For each passage, if the tokenizer runs here. */
  readonly tokensCut?: readonly number[];
  readonly queryTokensCut?: number;
}

/** How to ask one kind of service. */
export interface Dialect {
  readonly scale: RemoteScale;
  readonly limits: DialectLimits;
  /** Whether to close the connection when the caller aborts: if that stops the work, or if the service is hosted. */
  readonly closeAbandoned: boolean;
  /** Whether the model is documented to read the whole list at once. */
  readonly listwise?: boolean;
  callOf(query: string, passages: readonly string[], signal: AbortSignal): RerankCall | Promise<RerankCall>;
  /** Frees its resources on this machine. */
  close?(): Promise<void>;
}

export interface DialectLimits {
  /** Documents in one request. */
  readonly documents: number;
  /** UTF-16 code units in one request, the query counted once per document. @default none */
  readonly characters?: number;
  /** Bytes of one request's body. @default none */
  readonly bytes?: number;
}
