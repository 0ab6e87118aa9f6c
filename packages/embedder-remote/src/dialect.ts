import type { EmbedRequest } from '@secondpass/core';
import type { ServiceAnswer } from '@secondpass/service-client';

/** What a service reports about its model. */
export interface ReportedModel {
  /** The service's name for it. */
  readonly model?: string | undefined;
  /** A revision or digest of its weights. */
  readonly revision?: string | undefined;
  /** The most texts in one request. */
  readonly maxTexts?: number | undefined;
}

export interface EmbeddedTexts {
  /** One per text, in the order of the texts. */
  readonly vectors: readonly Float32Array[];
  /** The model name in this answer. */
  readonly model?: string | undefined;
}

/** How to ask one kind of service: pure functions from texts to a request body, and from an answer to vectors. */
export interface Dialect {
  /** Appended to the URL. */
  readonly path: string;
  /** @default 256 */
  readonly maxTextsPerRequest: number;
  /** The dialect's settings that affect a passage's vector, for the fingerprint. */
  readonly settings: Readonly<Record<string, unknown>>;
  bodyOf(texts: readonly string[], kind: EmbedRequest['kind']): object;
  /** @throws Error that says what is wrong with the answer */
  read(answer: ServiceAnswer, count: number): EmbeddedTexts;
  /** A second address that describes the model; a service without it answers 404. */
  readonly about?: { readonly path: string; read(answer: ServiceAnswer): ReportedModel };
}
