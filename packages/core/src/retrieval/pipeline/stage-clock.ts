import type { Timings } from '../ranking/ranking.ts';

type Stage = Exclude<keyof Timings, 'totalMs'>;

const wordsFor: Record<Stage, string> = {
  embedMs: 'embedding the query',
  searchMs: 'stage 1',
  rerankMs: 'stage 2',
};

/** Times the stages of one retrieval, and remembers which one is running. */
export class StageClock {
  /** The stage that is running. */
  running: Stage | undefined;
  readonly #started = performance.now();
  readonly #spent: Record<Stage, number> = { embedMs: 0, searchMs: 0, rerankMs: 0 };

  async time<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    this.running = stage;
    const started = performance.now();
    const result = await work();
    this.#spent[stage] = performance.now() - started;
    this.running = undefined;
    return result;
  }

  /** What was running, in words. */
  get doing(): string {
    return this.running ? wordsFor[this.running] : 'the last stage';
  }

  timings(): Timings {
    const rounded = (milliseconds: number) => Math.round(milliseconds * 100) / 100;
    const { embedMs, searchMs, rerankMs } = this.#spent;
    return {
      embedMs: rounded(embedMs),
      searchMs: rounded(searchMs),
      rerankMs: rounded(rerankMs),
      totalMs: rounded(performance.now() - this.#started),
    };
  }
}
