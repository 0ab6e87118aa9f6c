import type { EmbedRequest } from '@secondpass/core';

/** A request to an embedder, whatever its dialect. */
export interface EmbedCall {
  /** `undefined` for the first one served. */
  readonly model: string | undefined;
  readonly texts: readonly string[];
  readonly kind: EmbedRequest['kind'];
  /** Refused unless it is the model's own number. */
  readonly dimensions: number | undefined;
}
