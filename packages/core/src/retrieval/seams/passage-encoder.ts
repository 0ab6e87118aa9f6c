import { createHash } from 'node:crypto';
import type { TokenPrecision, TokenVectors } from './token-vectors.ts';

/** Passages for a {@link PassageEncoder}. */
export interface EncodePassagesRequest {
  readonly passages: readonly string[];
  /** @default 'float32' */
  readonly precision?: TokenPrecision;
  readonly signal?: AbortSignal;
}

/** A model that reads a passage without the query, so that its part can be computed beforehand. */
export interface PassageEncoder {
  readonly name: string;
  /** Changes whenever the same passage would get other vectors; the query's part of the model does not count. */
  readonly passageFingerprint: string;
  /** The vectors of each passage, in input order. Rejects with `RetrievalError`, or with the signal's reason once aborted. */
  encodePassages(request: EncodePassagesRequest): Promise<readonly TokenVectors[]>;
}

/**
 * What stored vectors depend on: the model, and the passage's text to the last character.
 *
 * @example
 * import { passageDigest } from '@secondpass/core/extend';
 * const encoder = { passageFingerprint: 'my-model-1' };
 * passageDigest(encoder, 'Yeast.') === passageDigest(encoder, 'Yeast!'); // → false
 */
export function passageDigest(encoder: Pick<PassageEncoder, 'passageFingerprint'>, passage: string): string {
  return createHash('sha256').update(encoder.passageFingerprint).update('\0').update(passage).digest('hex');
}
