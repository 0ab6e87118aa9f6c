import type { Reranker, RerankRequest } from '../seams/reranker.ts';
import {
  type AskedReranker,
  askReranker,
  isCallersMistake,
  isTimeUp,
  type RerankerAnswer,
} from './ask-reranker.ts';
import { type CallOutcome, Circuit, type CircuitPass } from './circuit.ts';
import type { FailoverMember } from './failover-options.ts';
import { HedgeBudget } from './hedge-budget.ts';
import { RecentTimes } from './recent-times.ts';

/** A reranker of a chain, with its state between calls. */
export class ChainMember {
  readonly reranker: Reranker;
  readonly timeoutMs: number;
  readonly hedgeTo: 'same' | 'next';
  readonly #circuit: Circuit | undefined;
  /** Times of answered and of abandoned calls. */
  readonly #times = new RecentTimes();
  readonly #answerTimes = new RecentTimes();
  readonly #hedges: HedgeBudget | undefined;
  readonly #hedgeAfterPercentile: number;

  constructor({ reranker, timeoutMs = 10_000, circuit = {}, hedge }: FailoverMember) {
    this.reranker = reranker;
    this.timeoutMs = timeoutMs;
    this.hedgeTo = hedge?.to ?? 'same';
    this.#circuit = circuit ? new Circuit(circuit) : undefined;
    this.#hedges = hedge && new HedgeBudget(hedge.budget ?? 0.05);
    this.#hedgeAfterPercentile = hedge?.afterPercentile ?? 95;
  }

  /** Whether it may be asked now. */
  get admits(): boolean {
    return this.#circuit?.admits(performance.now()) ?? true;
  }

  /** Asks it, or returns `undefined` if its circuit is open. */
  ask(request: RerankRequest, until: number): AskedReranker | undefined {
    // Without time left the reranker is not called, so the outcome says nothing about it.
    if (isTimeUp(until)) return askReranker(this.reranker, request, until);
    const started = performance.now();
    const pass = this.#circuit ? this.#circuit.enter(started) : always;
    if (!pass) return undefined;
    const asked = askReranker(this.reranker, request, until);
    const answer = asked.answer.then((given) => {
      const now = performance.now();
      const hadTime = given.kind !== 'late' || this.#isUsuallyAnsweredWithin(until - started);
      const outcome = outcomeOf(given, hadTime);
      pass.settle(outcome, now);
      if (outcome === 'answered') this.#answerTimes.add(now - started);
      // An abandoned call would have taken at least as long as we waited; an abort says nothing.
      const counts = given.kind === 'withdrawn' ? !request.signal?.aborted : given.kind !== 'failed';
      if (counts) this.#times.add(now - started);
      return given;
    });
    return { answer, withdraw: asked.withdraw };
  }

  /** A deadline that half of the answers would have missed says more about the caller than about the reranker. */
  #isUsuallyAnsweredWithin(milliseconds: number): boolean {
    const median = this.#answerTimes.percentile(50);
    return median === undefined || milliseconds >= Math.min(median, this.timeoutMs);
  }

  /** How long to wait before a second request, in milliseconds; `undefined` if none should be made. */
  hedgeAfterMs(): number | undefined {
    if (!this.#hedges) return undefined;
    this.#hedges.earn();
    return this.#times.percentile(this.#hedgeAfterPercentile);
  }

  /** Takes a second request from the budget, if one is left. */
  spendHedge(): boolean {
    return this.#hedges?.spend() ?? false;
  }
}

function outcomeOf(answer: RerankerAnswer, hadTime: boolean): CallOutcome {
  if (answer.kind === 'full' || answer.kind === 'partial') return 'answered';
  if (answer.kind === 'late') return hadTime ? 'failed' : 'unknown';
  return answer.kind === 'failed' && !isCallersMistake(answer.error) ? 'failed' : 'unknown';
}

const always: CircuitPass = { settle: () => {} };
