import { RetrievalError, type RetrievalErrorCode } from '../../foundation/retrieval-error.ts';
import type { Degradation } from '../seams/degradation.ts';
import type { PassageScore, RerankRequest } from '../seams/reranker.ts';
import { type AskedReranker, failureCode, isCallersMistake, isTimeUp } from './ask-reranker.ts';
import type { ChainMember } from './chain-member.ts';

type Scores = readonly (PassageScore | null)[];

interface Racer {
  readonly member: ChainMember;
  readonly asked: AskedReranker;
}

interface Given {
  readonly member: ChainMember;
  readonly scores: Scores;
  readonly degradations: readonly Degradation[];
}

interface Failure {
  readonly name: string;
  /** A code of ours, the name of a foreign error, or `circuit-open`. */
  readonly code: string;
  readonly error?: unknown;
}

/** One call of a chain: asks its members one after the other until one gives the full answer. */
export class FailoverCall {
  readonly #chain: string;
  readonly #first: ChainMember;
  readonly #left: ChainMember[];
  readonly #request: RerankRequest;
  readonly #failures: Failure[] = [];
  /** The best of the answers that have a `null`. */
  #spare: Given | undefined;

  constructor(chain: string, members: readonly ChainMember[], request: RerankRequest) {
    this.#chain = chain;
    this.#first = members[0]!;
    this.#left = [...members];
    this.#request = request;
  }

  /** All scores of one member. @throws RetrievalError when each one failed; or the signal's reason */
  async answer(): Promise<Scores> {
    const { signal, passages } = this.#request;
    for (let racer = this.#askNext(); racer; racer = this.#askNext()) {
      const given = await this.#fullAnswer(racer);
      signal?.throwIfAborted();
      if (given) return this.#accept(given);
    }
    if (this.#spare) return this.#accept(this.#spare);
    if (this.#timeIsUp) {
      this.#tell('none answered in time');
      return passages.map(() => null);
    }
    throw this.#allFailed();
  }

  get #timeIsUp(): boolean {
    return isTimeUp(this.#request.deadlineAt);
  }

  #askNext(): Racer | undefined {
    while (this.#left.length > 0 && !this.#timeIsUp) {
      const member = this.#left.shift()!;
      const asked = this.#ask(member);
      if (asked) return asked;
      this.#failures.push({ name: member.reranker.name, code: 'circuit-open' });
    }
    return undefined;
  }

  /**
   * Waits until the member's own limit. With a deadline, it gets at most half of the remaining time if another member
   * could use the rest.
   */
  #ask(member: ChainMember): Racer | undefined {
    const now = performance.now();
    const left = (this.#request.deadlineAt ?? Number.POSITIVE_INFINITY) - now;
    const share = this.#left.some(({ admits }) => admits) ? left / 2 : left;
    const asked = member.ask(this.#request, now + Math.min(member.timeoutMs, share));
    return asked && { member, asked };
  }

  async #fullAnswer(first: Racer): Promise<Given | undefined> {
    const racers = [first];
    const delay = first.member.hedgeAfterMs();
    if (delay !== undefined && (await isUnanswered(first.asked, delay))) {
      const second = this.#askSecond(first.member);
      if (second) racers.push(second);
    }
    try {
      return await this.#firstFull(racers);
    } finally {
      for (const { asked } of racers) asked.withdraw();
    }
  }

  #askSecond(member: ChainMember): Racer | undefined {
    const other = member.hedgeTo === 'same' ? member : this.#left.find(({ admits }) => admits);
    if (!other?.admits || !member.spendHedge()) return undefined;
    if (other !== member) this.#left.splice(this.#left.indexOf(other), 1);
    return this.#ask(other);
  }

  /** The first full answer; `undefined` when all have ended without one. */
  #firstFull(racers: readonly Racer[]): Promise<Given | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Given | undefined>();
    let running = racers.length;
    for (const { member, asked } of racers) {
      asked.answer.then((answer) => {
        running -= 1;
        const { name } = member.reranker;
        if (answer.kind === 'full') return resolve({ ...answer, member });
        if (answer.kind === 'partial') this.#keepSpare({ ...answer, member });
        if (answer.kind === 'late') this.#failures.push({ name, code: 'deadline-exceeded' });
        if (answer.kind === 'failed') {
          if (isCallersMistake(answer.error)) return reject(answer.error);
          this.#failures.push({ name, code: failureCode(answer.error), error: answer.error });
        }
        if (running === 0) resolve(undefined);
      });
    }
    return promise;
  }

  #keepSpare(given: Given): void {
    const scored = ({ scores }: Given) => scores.filter((score) => score !== null).length;
    if (!this.#spare || scored(given) > scored(this.#spare)) this.#spare = given;
  }

  #accept({ member, scores, degradations }: Given): Scores {
    for (const degradation of degradations) this.#request.onDegraded?.(degradation);
    const scored = scores.filter((score) => score !== null).length;
    const how = scored < scores.length ? ` ${scored} of ${scores.length} passages in time` : '';
    if (member !== this.#first || how !== '') this.#tell(`${member.reranker.name} answered${how}`);
    return scores;
  }

  #tell(end: string): void {
    const why = this.#failures.length > 0 ? this.#failureList : `${this.#first.reranker.name} was slow`;
    this.#request.onDegraded?.({ stage: 'rerank', reason: `${why}; ${end}.` });
  }

  get #failureList(): string {
    return this.#failures.map(({ name, code }) => `${name}: ${code}`).join(', ');
  }

  #allFailed(): RetrievalError {
    const errors = this.#failures.flatMap(({ error }) => error ?? []);
    const codes = new Set(this.#failures.map(({ code }) => code));
    const [shared] = codes;
    const telling = codes.size === 1 && ['deadline-exceeded', 'overloaded', 'closed'].includes(shared!);
    return new RetrievalError({
      code: telling ? (shared as RetrievalErrorCode) : 'rerank-failed',
      origin: this.#chain,
      problem: `No reranker of the chain answered (${this.#failureList}).`,
      nextStep: "See the cause; onRerankFailure: 'keep-stage-1' answers in stage-1 order instead.",
      ...(errors.length > 0 && { cause: new AggregateError(errors) }),
    });
  }
}

async function isUnanswered({ answer }: AskedReranker, milliseconds: number): Promise<boolean> {
  const { promise: waited, resolve } = Promise.withResolvers<true>();
  const timer = setTimeout(() => resolve(true), milliseconds);
  try {
    return await Promise.race([answer.then(() => false), waited]);
  } finally {
    clearTimeout(timer);
  }
}
