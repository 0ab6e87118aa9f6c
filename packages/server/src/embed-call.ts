import type { EmbedRequest } from '@secondpass/core';

/** A request to an embedder, whatever its dialect. */
export interface EmbedCall {
  /** `undefined` for the first one served. */
  readonly model: string | undefined;
  readonly texts: readonly string[];
  readonly kind: EmbedRequest['kind'];
  /** Refused unless the model gives vectors of this length. */
  readonly dimensions: number | undefined;
}
