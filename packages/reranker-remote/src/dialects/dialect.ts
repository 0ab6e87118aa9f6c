import type { ServiceAnswer, ServiceCall } from '@secondpass/service-client';
import type { RemoteScale } from '../score-scale.ts';

/** What a service says of one document: its place in the request, and how relevant it is. */
export interface IndexedScore {
  readonly index: number;
  readonly score: number;
}

/** One request to a service, and how its answer is read. */
export interface RerankCall extends ServiceCall {
  /** @throws Error saying what is wrong with the answer, without quoting texts */
  read(answer: ServiceAnswer): readonly IndexedScore[];
  /** Of each passage, where we cut it by tokens. */
  readonly tokensCut?: readonly number[];
  readonly queryTokensCut?: number;
}

/** How one kind of service is asked. */
export interface Dialect {
  readonly scale: RemoteScale;
  readonly limits: DialectLimits;
  /** Whether closing a connection stops the work behind it, as far as that is known, or the service is not ours to spare. */
  readonly closeAbandoned: boolean;
  /** Whether the model is documented to read the whole list at once. */
  readonly listwise?: boolean;
  callOf(query: string, passages: readonly string[], signal: AbortSignal): RerankCall | Promise<RerankCall>;
  /** Frees what it holds on this machine. */
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
