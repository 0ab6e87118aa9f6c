import type { PassageScore, Reranker, RerankRequest } from '../../../src/index.ts';
import { RetrievalError, type RetrievalErrorCode } from '../../../src/index.ts';

/** What a call does, and how many milliseconds after it began; `deaf` to its signal, or not. */
export interface Behavior {
  readonly does:
    | 'answer'
    | 'fail'
    | 'foreign-error'
    | 'throw'
    | 'hang'
    | 'nan'
    | 'short'
    | 'nothing'
    | 'partial'
    | 'mistake';
  readonly after?: number;
  readonly deaf?: boolean;
  readonly code?: RetrievalErrorCode;
}

/** A model that answers as it is told, call by call, and its last behavior for ever. Its raw scores tell which model gave them. */
export class ScriptedReranker implements Reranker {
  readonly name: string;
  readonly fingerprint?: string;
  readonly calls: RerankRequest[] = [];
  readonly base: number;
  readonly #behaviors: readonly Behavior[];
  closed = 0;

  constructor(name: string, base: number, behaviors: readonly Behavior[], fingerprint?: string) {
    this.name = name;
    this.base = base;
    this.#behaviors = behaviors;
    if (fingerprint) this.fingerprint = fingerprint;
  }

  /** Calls that were aborted. */
  get aborted(): number {
    return this.calls.filter(({ signal }) => signal?.aborted).length;
  }

  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    const behavior = this.#behaviors[Math.min(this.calls.length, this.#behaviors.length - 1)]!;
    this.calls.push(request);
    if (behavior.does === 'throw') throw new TypeError('thrown at once');
    return this.#play(behavior, request);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  async #play(
    { does, after = 0, deaf = false, code = 'rerank-failed' }: Behavior,
    { passages, signal, onDegraded }: RerankRequest,
  ): Promise<readonly (PassageScore | null)[]> {
    await new Promise<void>((resolve, reject) => {
      if (does !== 'hang') setTimeout(resolve, after);
      if (!deaf) signal?.addEventListener('abort', () => reject(signal.reason));
    });
    const scores = passages.map((passage, index) => this.scoreOf(passage, index));
    const details = { origin: this.name, problem: 'As the script says.', nextStep: 'Nothing.' };
    switch (does) {
      case 'fail':
        throw new RetrievalError({ code, ...details });
      case 'mistake':
        throw new RetrievalError({ code: 'invalid-passage', ...details });
      case 'foreign-error':
        throw new SyntaxError(`cannot read ${passages[0]}`);
      case 'nan':
        return scores.map((score) => ({ ...score, rawScore: Number.NaN }));
      case 'short':
        return scores.slice(1);
      case 'nothing':
        return undefined as never;
      case 'partial':
        if (passages.length > 1) onDegraded?.({ stage: 'rerank', reason: `${this.name} read one.` });
        return scores.map((score, index) => (index === 0 ? score : null));
      default:
        return scores;
    }
  }

  /** Longer passages score lower, within (base, base + 1]. */
  scoreOf(passage: string, _index = 0): PassageScore {
    const score = 1 / (passage.length + 1);
    return { score, rawScore: this.base + score, tokensCut: 0 };
  }
}

/** The bases of the models that an answer's scores came from. */
export function modelsOf(scores: readonly (PassageScore | null)[]): number[] {
  return [...new Set(scores.flatMap((score) => (score ? [Math.ceil(score.rawScore) - 1] : [])))];
}
