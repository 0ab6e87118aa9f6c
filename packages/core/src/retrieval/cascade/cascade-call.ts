import { askedBy } from '../../foundation/asked-by.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import {
  askReranker,
  failureCode,
  isCallersMistake,
  isTimeUp,
  type RerankerAnswer,
} from '../failover/ask-reranker.ts';
import { weightFor } from '../pipeline/default-blend.ts';
import { blendTiers, compareScored } from '../ranking/tiers.ts';
import type { PassageScore, RerankRequest } from '../seams/reranker.ts';
import type { CascadeStage } from './cascade-options.ts';
import { type EarlyExit, firstStep, marginOver } from './early-exit.ts';

type GivenAnswer = Extract<RerankerAnswer, { readonly scores: unknown }>;

/** One call of a cascade: which model has read which passage so far. */
export class CascadeCall {
  readonly #stages: readonly CascadeStage[];
  readonly #request: RerankRequest;
  readonly #scores: (PassageScore | null)[];
  /** Whether every score so far comes from the model that the exits were calibrated on. */
  #exitsHold = true;

  constructor(stages: readonly CascadeStage[], request: RerankRequest) {
    this.#stages = stages;
    this.#request = request;
    this.#scores = request.passages.map(() => null);
  }

  /** @throws RetrievalError of the first stage; or the signal's reason */
  async answer(): Promise<readonly (PassageScore | null)[]> {
    await this.#readAll(0, [...this.#scores.keys()]);
    for (const [cascadeStage, { best, exit }] of this.#stages.entries()) {
      const places = this.#order().slice(0, best);
      if (cascadeStage === 0 || places.length === 0) continue;
      if (exit && this.#exitsHold) await this.#readUntil(exit, cascadeStage, this.#sorted(places));
      else await this.#readAll(cascadeStage, places);
    }
    return this.#scores;
  }

  async #readAll(cascadeStage: number, places: readonly number[]): Promise<void> {
    const answer = await this.#ask(cascadeStage, places);
    if (answer) this.#accept(cascadeStage, places, answer);
  }

  async #readUntil(exit: EarlyExit, cascadeStage: number, places: readonly number[]): Promise<void> {
    const before = places.map((place) => this.#scores[place]!);
    const earlier = before.map(({ rawScore }) => rawScore);
    let start = 0;
    let end = firstStep(exit);
    do {
      const part = places.slice(start, end);
      const answer = await this.#ask(cascadeStage, part);
      if (!answer) return;
      // Another model may have answered this part, and one tier holds one model's scores: all passages are scored
      // again.
      if (answer.degradations.length > 0 && part.length < places.length) {
        for (const [index, place] of places.entries()) this.#scores[place] = before[index]!;
        return this.#readAll(cascadeStage, places);
      }
      this.#accept(cascadeStage, part, answer);
      if (answer.kind === 'partial') return;
      [start, end] = [end, end + exit.step];
    } while (start < places.length && !this.#mayStop(exit, places.slice(0, start), earlier));
  }

  /** @param earlier the scores that all passages of the stage had before, in the order in which it reads them */
  #mayStop(exit: EarlyExit, read: readonly number[], earlier: readonly number[]): boolean {
    const pairs = read.map((place, index) => ({
      earlier: earlier[index]!,
      later: this.#scores[place]!.rawScore,
    }));
    return marginOver(earlier[read.length]!, pairs, exit) > exit.gap;
  }

  /** The passages that have a score, best first, in the order that `rank` gives them. */
  #order(): number[] {
    const { stage1 } = this.#request;
    const scored = [...this.#scores.keys()].filter((place) => this.#scores[place] !== null);
    return this.#sorted(scored, stage1 && blendTiers(stage1.scores, this.#scores));
  }

  /** Best first; without `blended` by the models' scores alone, which is what exits are calibrated on. */
  #sorted(places: readonly number[], blended?: ReadonlyMap<number, number>): number[] {
    const of = (place: number) => ({ scored: this.#scores[place]!, blended: blended?.get(place) });
    return [...places].sort((a, b) => compareScored(of(a), of(b)) || a - b);
  }

  /** Stage 1's weight among the passages that a stage has read. */
  #weightOf(cascadeStage: number): number {
    const { stage1 } = this.#request;
    return stage1?.blend ?? weightFor(this.#stages[cascadeStage]!.reranker, stage1?.cosineOf);
  }

  /** The stage's answer; `undefined` if the order before it stays, which `onDegraded` is told. */
  async #ask(cascadeStage: number, places: readonly number[]): Promise<GivenAnswer | undefined> {
    const { reranker, timeoutMs = 30_000 } = this.#stages[cascadeStage]!;
    const { query, passages, ids, signal, deadlineAt } = this.#request;
    const part: RerankRequest = {
      query,
      passages: places.map((place) => passages[place]!),
      ...(ids && { ids: places.map((place) => ids[place]!) }),
      ...askedBy(this.#request),
      ...(signal && { signal }),
      ...(deadlineAt !== undefined && { deadlineAt }),
    };
    const until = performance.now() + timeoutMs;
    const answer = await askReranker(reranker, part, Math.min(until, deadlineAt ?? until)).answer;
    signal?.throwIfAborted();
    if (answer.kind === 'full' || answer.kind === 'partial') return answer;
    this.#refuse(cascadeStage, answer.kind === 'failed' ? answer.error : tooLate(reranker.name));
    return undefined;
  }

  #accept(
    cascadeStage: number,
    places: readonly number[],
    { kind, scores, degradations }: GivenAnswer,
  ): void {
    const { name } = this.#stages[cascadeStage]!.reranker;
    const blend = this.#weightOf(cascadeStage);
    for (const [index, score] of scores.entries()) {
      if (score?.cascadeStage !== undefined) throw nestedCascade(name);
      if (score) this.#scores[places[index]!] = { ...score, cascadeStage, ...(blend > 0 && { blend }) };
    }
    for (const degradation of degradations) this.#request.onDegraded?.(degradation);
    if (kind === 'partial' && degradations.length === 0) {
      const read = scores.filter((score) => score !== null).length;
      this.#tell(`${name} read ${read} of ${scores.length} passages in time.`);
    }
    if (degradations.length > 0) this.#exitsHold = false;
  }

  /** A failed stage fails the call only if no stage before it has scores. */
  #refuse(cascadeStage: number, error: unknown): void {
    const { name } = this.#stages[cascadeStage]!.reranker;
    if (isCallersMistake(error) || (cascadeStage === 0 && !isTimeUp(this.#request.deadlineAt))) throw error;
    const stands = cascadeStage === 0 ? 'nothing was read' : 'the order before it stands';
    this.#tell(`${name}: ${failureCode(error)}; ${stands}.`);
  }

  #tell(reason: string): void {
    this.#exitsHold = false;
    this.#request.onDegraded?.({ stage: 'rerank', reason });
  }
}

function tooLate(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem: 'It did not answer in time.',
    nextStep: 'Raise timeoutMs of its stage or the deadline, or give it fewer passages.',
  });
}

/** @param place the path of the option, if known */
export function nestedCascade(origin: string, place = 'It'): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${place} is a cascade inside a cascade.`,
    nextStep: 'Put its stages into the outer one: the scores of one stage must come from one model.',
  });
}
