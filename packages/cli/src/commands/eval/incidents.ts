/** A failure or degradation that several queries share. */
export interface Incident {
  readonly reason: string;
  readonly count: number;
  /** The first of them, by id. */
  readonly queries: readonly string[];
}

const mostReasons = 10;
const mostQueries = 5;
const others = 'other reasons';

/** Counts incidents by reason. Its size is bounded, however many queries there are. */
export class Incidents {
  readonly #byReason = new Map<string, { count: number; readonly queries: string[] }>();

  add(reason: string, query: string): void {
    const isKnown = this.#byReason.has(reason) || this.#byReason.size < mostReasons;
    const key = isKnown ? reason : others;
    const one = this.#byReason.get(key) ?? { count: 0, queries: [] };
    one.count += 1;
    if (one.queries.length < mostQueries) one.queries.push(query);
    this.#byReason.set(key, one);
  }

  get count(): number {
    return this.list().reduce((sum, { count }) => sum + count, 0);
  }

  list(): readonly Incident[] {
    return [...this.#byReason].map(([reason, one]) => ({ reason, ...one }));
  }
}
