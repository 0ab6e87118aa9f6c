import { z } from 'zod';
import { askedBy } from '../../foundation/asked-by.ts';
import { checkOptions, having, text } from '../../foundation/check-options.ts';
import type { Closable } from '../../foundation/closable.ts';
import { closedError } from '../../foundation/closed-error.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { checkScores } from '../ranking/check-scores.ts';
import { checkRerankRequest } from '../seams/check-rerank-request.ts';
import type { DefaultBlend, PassageScore, Reranker, RerankRequest } from '../seams/reranker.ts';
import { Computation } from './computation.ts';
import { keysOfPairs, type ScoreCache } from './score-cache.ts';

/** Where {@link cachedReranker} keeps scores. */
export interface CachedRerankerOptions {
  /** Where the scores are; several rerankers may share it. */
  readonly cache: ScoreCache;
  /** Changes whenever the same pair would get another score. @default the reranker's own */
  readonly fingerprint?: string;
}

const origin = 'cached-reranker';

const optionsSchema = z.strictObject({
  cache: having<ScoreCache>('a ScoreCache', 'find', 'count', 'remember'),
  fingerprint: text.optional(),
});
const rerankerSchema = z.strictObject({
  reranker: having<Reranker>('a reranker with name and score(), such as loadCrossEncoder gives', 'score'),
});

/**
 * A reranker that asks another one only for the pairs it has no score for. Two requests for one pair at the same time
 * compute it once. Passages without a score (`null`, after a deadline), failures, and scores that are not the reranker's
 * full answer (`onDegraded`) are not remembered; if a list would mix such scores with others, the whole list is
 * scored in one call, so that all its scores come from one answer.
 *
 * A model whose scores depend on what else is in a batch (`batchInvariant: false` in its manifest) keeps the score that a
 * pair had the first time.
 *
 * @throws RetrievalError `invalid-options` when neither the reranker nor the options have a fingerprint
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { cachedReranker, ScoreCache } from '@secondpass/core/rerankers';
 * import { modelDirectory } from '@secondpass/models';
 * await using small = await loadCrossEncoder(modelDirectory('small'));
 * const cache = new ScoreCache({ maxBytes: 64 * 2 ** 20 });
 * const reranker = cachedReranker(small, { cache });
 * for (let time = 0; time < 2; time += 1) await reranker.score({ query: 'bread', passages: ['Yeast.'] });
 * [cache.stats().misses, cache.stats().hits]; // → [ 1, 1 ]
 */
export function cachedReranker(reranker: Reranker, options: CachedRerankerOptions): Reranker & Closable {
  checkOptions(rerankerSchema, { reranker }, { origin });
  const { cache, fingerprint = reranker.fingerprint } = checkOptions(optionsSchema, options, { origin });
  if (typeof fingerprint !== 'string' || fingerprint === '') {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: reranker.name,
      problem: 'The reranker has no fingerprint, so that a score could outlive the model that gave it.',
      nextStep: 'Pass one as options.fingerprint, such as the name and version of the model.',
    });
  }
  return new CachedReranker(reranker, cache, fingerprint);
}

/** The score of each key, or `null` if it was not scored in time. */
type Scores = Map<string, PassageScore | null>;

/**
 * The scores of a request so far, and the answers that they came from: the cache, which holds full answers only, or
 * computations.
 */
interface Gathered {
  readonly scores: Scores;
  readonly answers: Set<Computation | 'cache'>;
}

/** Where the score of a pair will come from: a computation, and an index into its scores. */
interface Share {
  readonly computation: Computation;
  readonly index: number;
}

class CachedReranker implements Reranker, Closable {
  readonly name: string;
  readonly fingerprint: string;
  readonly defaultBlend?: DefaultBlend;
  readonly #reranker: Reranker;
  readonly #cache: ScoreCache;
  readonly #running = new Map<string, Share>();
  #closed = false;

  constructor(reranker: Reranker, cache: ScoreCache, fingerprint: string) {
    this.name = reranker.name;
    this.fingerprint = fingerprint;
    if (reranker.defaultBlend) this.defaultBlend = reranker.defaultBlend;
    this.#reranker = reranker;
    this.#cache = cache;
  }

  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score(request: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    request?.signal?.throwIfAborted();
    if (this.#closed) throw closedError(this.name);
    checkRerankRequest(request, this.name);
    const { query, passages, signal, deadlineAt } = request;
    const keys = keysOfPairs(this.fingerprint, query, passages);
    const gathered: Gathered = { scores: new Map(), answers: new Set() };
    const { scores, answers } = gathered;
    do {
      await this.#round(request, keys, gathered);
      signal?.throwIfAborted();
      // Scores that another request began and did not get (it had less time, or failed) are requested again.
    } while (keys.some((key) => !scores.has(key)) && !(deadlineAt! <= performance.now()));
    const degradations = [...answers].flatMap((answer) => (answer === 'cache' ? [] : answer.degradations));
    if (degradations.length > 0 && answers.size > 1) return this.#reranker.score(request);
    for (const degradation of degradations) request.onDegraded?.(degradation);
    return keys.map((key) => scores.get(key) ?? null);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Looks pairs up, joins running computations, and computes the rest; each pair once, all at the same time. */
  async #round(
    request: RerankRequest,
    keys: readonly string[],
    { scores, answers }: Gathered,
  ): Promise<void> {
    const { signal, deadlineAt } = request;
    const joined = new Map<Computation, [key: string, index: number][]>();
    const own = new Map<string, number>();
    for (const key of new Set(keys)) {
      if (scores.has(key)) continue;
      const found = this.#cache.find(key);
      const share = this.#running.get(key);
      if (found) {
        scores.set(key, found);
        answers.add('cache');
      } else if (share)
        joined.set(share.computation, [...(joined.get(share.computation) ?? []), [key, share.index]]);
      else own.set(key, keys.indexOf(key));
    }
    const others = [...joined].map(async ([computation, shares]) => {
      this.#cache.count('joined', shares.length);
      const results = await computation.wait(signal, deadlineAt).catch(() => undefined);
      if (results) answers.add(computation);
      for (const [key, index] of shares) if (results?.[index]) scores.set(key, results[index]);
    });
    if (own.size > 0) {
      // The reranker keeps the deadline itself, and answers with what it has by then.
      const computation = this.#start(request, own);
      const results = await computation.wait(signal, undefined);
      answers.add(computation);
      for (const [index, key] of [...own.keys()].entries()) scores.set(key, results?.[index] ?? null);
    }
    await Promise.all(others);
  }

  /** @param positions the index of each key's passage in the request */
  #start(request: RerankRequest, positions: ReadonlyMap<string, number>): Computation {
    const { query, passages, ids, deadlineAt } = request;
    const places = [...positions.values()];
    this.#cache.count('miss', places.length);
    const computation = new Computation(async (signal, onDegraded) => {
      const part = {
        query,
        passages: places.map((place) => passages[place]!),
        ...(ids && { ids: places.map((place) => ids[place]!) }),
        ...askedBy(request),
        signal,
        onDegraded,
      };
      const scores = await this.#reranker.score(deadlineAt === undefined ? part : { ...part, deadlineAt });
      checkScores(scores, places.length, this.name, deadlineAt !== undefined);
      if (scores.some((score) => score?.cascadeStage !== undefined)) throw listwise(this.name);
      return scores;
    });
    const keys = [...positions.keys()];
    for (const [index, key] of keys.entries()) this.#running.set(key, { computation, index });
    void computation.ended.then((results) => {
      for (const [index, key] of keys.entries()) {
        const score = results?.[index];
        if (score && computation.degradations.length === 0) this.#cache.remember(key, score);
        if (this.#running.get(key)?.computation === computation) this.#running.delete(key);
      }
    });
    return computation;
  }
}

function listwise(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: 'Its scores depend on the other passages of the list, because they have a tier.',
    nextStep: 'Put cachedReranker around each stage of the cascade instead of around the cascade.',
  });
}
