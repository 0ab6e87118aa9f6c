import type { CandidateSource } from '../seams/candidate-source.ts';
import type { Embedder } from '../seams/embedder.ts';
import type { Reranker } from '../seams/reranker.ts';

export interface BothStages {
  readonly source: Pick<CandidateSource, 'input' | 'similarity' | 'embedderFingerprint'>;
  readonly embedder?: Pick<Embedder, 'fingerprint'> | undefined;
  readonly reranker: Pick<Reranker, 'defaultBlend'>;
}

/**
 * The blend weight of a pipeline whose caller states none: the reranker's own if stage 1's score is the one that the
 * weight was found with, the cosine of one embedder's vectors; otherwise 0. Call it after a search: a source may know
 * the kind of its score only then.
 *
 * @example
 * import { defaultBlendOf } from '@secondpass/core/extend';
 * const embedder = { name: 'bi-encoder', fingerprint: 'abc' };
 * const known = { name: 'bi-encoder', fingerprints: ['abc', 'of-int8'] };
 * const reranker = { defaultBlend: { weight: 0.25, embedder: known } };
 * defaultBlendOf({ source: { input: 'vector', similarity: 'cosine' }, embedder, reranker }); // → 0.25
 * defaultBlendOf({ source: { input: 'text' }, reranker }); // → 0
 */
export function defaultBlendOf({ source, embedder, reranker }: BothStages): number {
  return weightFor(reranker, cosineOf({ source, embedder }));
}

/**
 * The fingerprint of the embedder whose cosine is stage 1's score; `undefined` for another score, or an unknown one. Call it
 * after a search: a source may know the kind of its score only then.
 *
 * @example
 * import { cosineOf } from '@secondpass/core/extend';
 * const embedder = { name: 'bi-encoder', fingerprint: 'abc' };
 * cosineOf({ source: { input: 'vector', similarity: 'cosine' }, embedder }); // → 'abc'
 * cosineOf({ source: { input: 'text' } }); // → undefined
 */
export function cosineOf({ source, embedder }: Omit<BothStages, 'reranker'>): string | undefined {
  if (source.similarity !== 'cosine') return undefined;
  const fingerprint = source.input === 'vector' ? embedder?.fingerprint : source.embedderFingerprint;
  return fingerprint || undefined;
}

/** The weight that a reranker states for the cosine of this embedder's vectors; 0 if it states none. */
export function weightFor(
  { defaultBlend }: Pick<Reranker, 'defaultBlend'>,
  embedder: string | undefined,
): number {
  const isKnown = embedder !== undefined && defaultBlend?.embedder.fingerprints.includes(embedder);
  return isKnown ? defaultBlend!.weight : 0;
}
