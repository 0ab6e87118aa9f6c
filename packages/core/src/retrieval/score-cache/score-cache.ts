import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { checkOptions, integer } from '../../foundation/check-options.ts';
import type { PassageScore } from '../seams/reranker.ts';
import { instruments } from '../telemetry/instruments.ts';

/** How large a {@link ScoreCache} may grow. */
export interface ScoreCacheOptions {
  /** Memory for scores in bytes, from 1 up; a score takes about 0.3 KB, so that 64 MiB hold 200,000. */
  readonly maxBytes: number;
}

/** Counted in pairs of a query and a passage, since the cache was made. */
export interface ScoreCacheStats {
  /** Answered from the cache. */
  readonly hits: number;
  /** Answered by a computation that another request had begun. */
  readonly joined: number;
  /** Given to the reranker. */
  readonly misses: number;
  /** Scores held now. */
  readonly entries: number;
  /** Their estimated memory; never more than `maxBytes`. */
  readonly bytes: number;
}

/** Key of 44 characters, score, and their places in the cache: 234 bytes of heap when measured, and lists that grow by doubling. */
const bytesOfScore = 320;
const bytesOfChunk = 96;

const optionsSchema = z.strictObject({ maxBytes: integer(1, Number.MAX_SAFE_INTEGER) });

/**
 * Scores of pairs that were computed before; the least recently used go first. One cache may serve several rerankers:
 * the fingerprint is part of each key. See {@link cachedReranker}.
 *
 * @example
 * import { ScoreCache } from '@secondpass/core/rerankers';
 * const cache = new ScoreCache({ maxBytes: 64 * 2 ** 20 }); // room for about 200,000 scores
 * cache.stats().entries; // → 0
 */
export class ScoreCache {
  readonly maxBytes: number;
  readonly #scores: LRUCache<string, PassageScore>;
  #hits = 0;
  #joined = 0;
  #misses = 0;

  /** @throws RetrievalError `invalid-options` when `maxBytes` is not a positive integer */
  constructor(options: ScoreCacheOptions) {
    const { maxBytes } = checkOptions(optionsSchema, options, { origin: 'score-cache' });
    this.maxBytes = maxBytes;
    this.#scores = new LRUCache({ maxSize: maxBytes, sizeCalculation: sizeOf });
  }

  stats(): ScoreCacheStats {
    return {
      hits: this.#hits,
      joined: this.#joined,
      misses: this.#misses,
      entries: this.#scores.size,
      bytes: this.#scores.calculatedSize,
    };
  }

  /** Forgets every score; the counters go on. */
  clear(): void {
    this.#scores.clear();
  }

  /** The score of a pair, counted as a hit; `undefined` for a pair that is not there, which the caller counts. */
  find(key: string): PassageScore | undefined {
    const score = this.#scores.get(key);
    if (score !== undefined) {
      this.#hits += 1;
      instruments().scoreCachePairs.add(1, { result: 'hit' });
    }
    return score;
  }

  /** Counts pairs that were not found. */
  count(outcome: 'joined' | 'miss', pairs: number): void {
    if (outcome === 'joined') this.#joined += pairs;
    else this.#misses += pairs;
    instruments().scoreCachePairs.add(pairs, { result: outcome });
  }

  remember(key: string, score: PassageScore): void {
    this.#scores.set(key, Object.freeze({ ...score }));
  }
}

/** One key per passage, in input order. */
export function keysOfPairs(fingerprint: string, query: string, passages: readonly string[]): string[] {
  // Digests have a fixed length, so that two different triples never concatenate to the same text.
  const prefix = hash('sha256', hash('sha256', fingerprint) + query);
  return passages.map((passage) => hash('sha256', prefix + passage, 'base64'));
}

function sizeOf({ chunk }: PassageScore): number {
  return bytesOfScore + (chunk ? bytesOfChunk : 0);
}
