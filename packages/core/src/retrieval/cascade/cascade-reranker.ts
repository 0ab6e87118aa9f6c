import type { Closable } from '../../foundation/closable.ts';
import { closedError } from '../../foundation/closed-error.ts';
import { checkRerankRequest } from '../seams/check-rerank-request.ts';
import type { PassageScore, Reranker, RerankRequest } from '../seams/reranker.ts';
import { CascadeCall, nestedCascade } from './cascade-call.ts';
import { type CascadeOptions, type CascadeStage, checkCascadeOptions } from './cascade-options.ts';

/**
 * Rerankers from the fastest to the best (Matveeva et al. 2006, "nested rankers"; Wang, Lin & Metzler 2011): the
 * first reads all passages, and each later one reads the best of those that the one before has read. A passage's
 * score comes from the last model that read it, and `cascadeStage` says which one; a higher tier ranks above a lower
 * one.
 *
 * A stage with an `exit` reads on in steps, and stops when its top k can hardly change any more. If a later stage
 * fails or is late, the order before it stays, and `onDegraded` is told; if the first stage fails, the call rejects.
 *
 * Where the request has stage 1's scores, as in a pipeline, each model's scores are blended with them by the caller's
 * `blend` or the model's own weight (`defaultBlend`), which is the score's `blend`; so stage 1 also counts when the best are
 * chosen for the next model.
 *
 * It has no `fingerprint`: which model reads a passage depends on the others in the list. It has no `defaultBlend`,
 * because each of its models has its own weight. Cache scores inside: put `cachedReranker` around each reranker.
 *
 * @throws RetrievalError `invalid-options`, naming the option
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { cascadeReranker } from '@secondpass/core/rerankers';
 * import { modelDirectory } from '@secondpass/models';
 * await using nano = await loadCrossEncoder(modelDirectory('nano'));
 * await using small = await loadCrossEncoder(modelDirectory('small'));
 * const reranker = cascadeReranker({ stages: [{ reranker: nano }, { reranker: small, best: 1 }] });
 * const passages = ['Yeast makes dough rise.', 'The harbor froze in 1929.'];
 * const scores = await reranker.score({ query: 'why does bread rise', passages });
 * scores.map(({ cascadeStage }) => cascadeStage); // → [ 1, 0 ]
 */
export function cascadeReranker(options: CascadeOptions): Reranker & Closable {
  checkCascadeOptions(options);
  const inner = options.stages.findIndex(({ reranker }) => isCascade(reranker));
  if (inner >= 0) throw nestedCascade(options.name ?? 'cascade', `stages[${inner}].reranker`);
  return new CascadeReranker(options);
}

/** Marks every cascade and every wrapper around one: a cascade cannot be a stage of another. */
export const cascadeMark = Symbol.for('secondpass.cascade');

/**
 * Whether {@link cascadeReranker} made this reranker: then its scores compare within one `cascadeStage` only.
 *
 * @example
 * import type { Reranker } from '@secondpass/core';
 * import { isCascade } from '@secondpass/core/extend';
 * const reranker: Reranker = { name: 'mine', score: async () => [] };
 * isCascade(reranker); // → false
 */
export function isCascade(reranker: Reranker): boolean {
  return cascadeMark in reranker;
}

class CascadeReranker implements Reranker, Closable {
  readonly [cascadeMark] = true;
  readonly name: string;
  readonly #stages: readonly CascadeStage[];
  #closed = false;

  constructor({ stages, name }: CascadeOptions) {
    this.name = name ?? stages.map(({ reranker }) => reranker.name).join(', then ');
    this.#stages = stages;
  }

  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score(request: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    request?.signal?.throwIfAborted();
    if (this.#closed) throw closedError(this.name);
    checkRerankRequest(request, this.name);
    if (request.passages.length === 0) return [];
    return new CascadeCall(this.#stages, request).answer();
  }

  /** Refuses further requests; the rerankers stay open. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
