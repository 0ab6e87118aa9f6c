import type { EmbedRequest } from '@secondpass/core';
import type { ServiceAnswer } from '@secondpass/service-client';

/** What a service knows of its model. */
export interface ReportedModel {
  /** As the service names it. */
  readonly model?: string | undefined;
  /** A revision or digest of its weights. */
  readonly revision?: string | undefined;
  /** Texts that it takes at a time. */
  readonly maxTexts?: number | undefined;
}

export interface EmbeddedTexts {
  /** One per text, in the order of the texts. */
  readonly vectors: readonly Float32Array[];
  /** As this answer names it. */
  readonly model?: string | undefined;
}

/** How one kind of service is asked: pure functions from our request to its body, and from its answer to vectors. */
export interface Dialect {
  /** Appended to the URL. */
  readonly path: string;
  /** @default 256 */
  readonly maxTextsPerRequest: number;
  /** The settings of the dialect that a passage's vector depends on, for the fingerprint. */
  readonly settings: Readonly<Record<string, unknown>>;
  bodyOf(texts: readonly string[], kind: EmbedRequest['kind']): object;
  /** @throws Error saying what is wrong with the answer */
  read(answer: ServiceAnswer, count: number): EmbeddedTexts;
  /** A second address that tells about the model; a service without it answers 404. */
  readonly about?: { readonly path: string; read(answer: ServiceAnswer): ReportedModel };
}
