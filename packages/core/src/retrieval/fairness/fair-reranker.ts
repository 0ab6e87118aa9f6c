import { z } from 'zod';
import { checkOptions, having, integer, number } from '../../foundation/check-options.ts';
import type { Closable } from '../../foundation/closable.ts';
import { closedError } from '../../foundation/closed-error.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { untilDeadline } from '../../foundation/until-deadline.ts';
import { isCascade } from '../cascade/cascade-reranker.ts';
import { checkScores } from '../ranking/check-scores.ts';
import { checkRerankRequest } from '../seams/check-rerank-request.ts';
import type { Degradation } from '../seams/degradation.ts';
import type { DefaultBlend, PassageScore, Reranker, RerankRequest } from '../seams/reranker.ts';
import { FairQueue } from './fair-queue.ts';

/** How {@link fairReranker} shares a reranker's time. */
export interface FairRerankerOptions {
  /**
   * Pairs that the reranker is given at the same time, from 1: as many as it needs to be busy. Callers that have none in work
   * may use as many again. A service behind HTTP gets a longer list in parts of this length while other callers are there; a
   * caller that is alone gets its whole list. A local cross-encoder, which shares by itself, gets whole lists.
   * @default 16, or 256 for a local cross-encoder
   */
  readonly maxPairsInWork?: number;
  /** Requests of one caller that may wait, from 1; more are refused with `overloaded`. @default 256 */
  readonly maxQueued?: number;
  /** UTF-16 code units of all that wait. @default 67108864 */
  readonly maxQueuedCharacters?: number;
  /** Shares of tenants by name, or of callers that name no tenant; above 0. @default 1 for each */
  readonly weights?: Readonly<Record<string, number>>;
}

const count = (most: number) => integer(1, most);
const optionsSchema = z.strictObject({
  maxPairsInWork: count(1_000_000).optional(),
  maxQueued: count(1_000_000).default(256),
  maxQueuedCharacters: count(2 ** 40).default(2 ** 26),
  weights: z.record(z.string(), number(0.001, 1000)).default({}),
});
const rerankerSchema = z.strictObject({
  reranker: having<Reranker>('a reranker with name and score(), such as loadCrossEncoder gives', 'score'),
});

/**
 * A reranker that gives each caller the same share of another one's time, however many requests it sends (start-time fair
 * queueing, Goyal, Vin & Cheng 1996, counted in pairs). Who asks is `caller` of the request with its `tenant`; requests
 * without either share the place of one caller. While several callers are there, a service gets long lists in parts, so that
 * a caller waits for little more than the parts in work.
 *
 * A local cross-encoder shares its time by itself. Around one, this adds weights, and a bound to what each caller leaves waiting.
 *
 * What a caller may leave waiting is bounded: more is refused at once with `overloaded`, and the error's `retryAfterMs`
 * says when to try again. With a deadline, passages whose turn has not come get `null`.
 *
 * Put it around each service, inside caches, failovers and cascades: those pass the names on. A cascade as a whole is refused,
 * because its scores depend on the other passages of the list.
 *
 * @throws RetrievalError `invalid-options`, naming the option
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { fairReranker } from '@secondpass/core/rerankers';
 * import { modelDirectory } from '@secondpass/models';
 * await using small = await loadCrossEncoder(modelDirectory('small'));
 * const reranker = fairReranker(small, { maxQueued: 100, weights: { 'a large customer': 2 } });
 * const scores = await reranker.score({ query: 'bread', passages: ['Yeast.', 'Ice.'], caller: 'acme' });
 * scores.length; // → 2
 */
export function fairReranker(reranker: Reranker, options: FairRerankerOptions = {}): Reranker & Closable {
  checkOptions(rerankerSchema, { reranker }, { origin });
  const checked = checkOptions(optionsSchema, options, { origin });
  if (isCascade(reranker)) throw wholeCascade(reranker.name);
  return new FairReranker(reranker, checked);
}

const origin = 'fair-reranker';

class FairReranker implements Reranker, Closable {
  readonly name: string;
  readonly fingerprint?: string;
  readonly defaultBlend?: DefaultBlend;
  readonly #reranker: Reranker;
  readonly #queue: FairQueue;
  readonly #pairsPerTurn: number;
  readonly #weights: ReadonlyMap<string, number>;
  /** Callers with requests here, and how many. */
  readonly #present = new Map<string, number>();
  #closed = false;

  constructor(reranker: Reranker, options: z.infer<typeof optionsSchema>) {
    const shares = reranker.sharesBetweenCallers === true;
    const { maxQueued, maxQueuedCharacters, weights, maxPairsInWork = shares ? 256 : 16 } = options;
    this.name = reranker.name;
    if (reranker.fingerprint !== undefined) this.fingerprint = reranker.fingerprint;
    if (reranker.defaultBlend) this.defaultBlend = reranker.defaultBlend;
    this.#reranker = reranker;
    this.#pairsPerTurn = shares ? Number.POSITIVE_INFINITY : maxPairsInWork;
    this.#weights = new Map(Object.entries(weights));
    this.#queue = new FairQueue({
      origin: reranker.name,
      maxInWork: maxPairsInWork,
      maxQueued,
      maxQueuedCharacters,
    });
  }

  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score(request: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    request?.signal?.throwIfAborted();
    if (this.#closed) throw closedError(this.name);
    checkRerankRequest(request, this.name);
    if (request.passages.length === 0) return [];
    const caller = nameOf(request);
    this.#present.set(caller, (this.#present.get(caller) ?? 0) + 1);
    try {
      return await this.#scoreInTurns(request, caller);
    } finally {
      const left = this.#present.get(caller)! - 1;
      if (left > 0) this.#present.set(caller, left);
      else this.#present.delete(caller);
    }
  }

  /** Refuses further requests; the reranker inside stays open. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #scoreInTurns(request: RerankRequest, caller: string): Promise<readonly (PassageScore | null)[]> {
    // Only a cascade uses stage 1's scores, and a cascade is never asked in parts.
    const { stage1: _, ...asked } = request;
    const { passages, ids } = asked;
    const scores: (PassageScore | null)[] = [];
    while (scores.length < passages.length) {
      const start = scores.length;
      const degradations: Degradation[] = [];
      const onDegraded = (one: Degradation) => void degradations.push(one);
      const part = await this.#inTurn(request, caller, passages.length - start, (size) => ({
        ...asked,
        passages: passages.slice(start, start + size),
        ...(ids && { ids: ids.slice(start, start + size) }),
        onDegraded,
      }));
      if (!part) return [...scores, ...passages.slice(start).map(() => null)];
      // Another model may have answered this part, and all scores of a list must come from one answer.
      if (degradations.length > 0 && part.length < passages.length) return this.#scoreWhole(request, caller);
      for (const degradation of degradations) request.onDegraded?.(degradation);
      if (part.some((score) => score?.cascadeStage !== undefined)) throw wholeCascade(this.name);
      scores.push(...part);
    }
    return scores;
  }

  async #scoreWhole(request: RerankRequest, caller: string): Promise<readonly (PassageScore | null)[]> {
    const scores = await this.#inTurn(request, caller, request.passages.length, () => request, 'whole');
    return scores ?? request.passages.map(() => null);
  }

  /**
   * Waits for a turn and scores what it is given; `undefined` if the deadline comes before.
   *
   * @param left passages that are not scored yet
   * @param partOf the request for that many of them
   */
  async #inTurn(
    { query, passages, signal, deadlineAt, ...asked }: RerankRequest,
    caller: string,
    left: number,
    partOf: (size: number) => RerankRequest,
    how?: 'whole',
  ): Promise<readonly (PassageScore | null)[] | undefined> {
    const characters = passages.reduce((sum, { length }) => sum + length, query.length);
    const owner = { caller: '', tenant: caller, weight: this.#weights.get(asked.tenant ?? caller) };
    const cost = how === 'whole' ? left : Math.min(left, this.#pairsPerTurn);
    const size = { cost, characters, isNextPart: how !== undefined || left < passages.length };
    const waitFor = (until?: AbortSignal) => this.#queue.turn(owner, size, until);
    const turn =
      deadlineAt === undefined ? await waitFor(signal) : await untilDeadline(waitFor, deadlineAt, signal);
    if (!turn) return undefined;
    try {
      signal?.throwIfAborted();
      // Parts make batches less even, and here they spare no caller a wait.
      const more = this.#present.size === 1 ? left - cost : 0;
      turn.grow(more);
      const scores = await this.#reranker.score(partOf(cost + more));
      checkScores(scores, cost + more, this.name, deadlineAt !== undefined);
      return scores;
    } finally {
      turn.end();
    }
  }
}

/** A name that no other pair of caller and tenant has. */
function nameOf({ caller = '', tenant }: RerankRequest): string {
  return tenant === undefined ? caller : JSON.stringify([caller, tenant]);
}

function wholeCascade(name: string): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: 'It is a cascade, whose scores depend on the other passages of the list.',
    nextStep: 'Put fairReranker around the reranker of each stage instead.',
  });
}
