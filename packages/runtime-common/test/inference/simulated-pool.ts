import { planBatches } from '../../src/inference/batches.ts';
import { nextThread, type ThreadLoad } from '../../src/inference/next-thread.ts';
import { type BatchPart, Scheduler } from '../../src/inference/scheduler.ts';
import { OvertakingQueue } from '../../src/overtaking-queue.ts';

/** A pool without threads: a batch takes as long as its padded tokens, and what any run costs. */
const workers = 2;
const costOfARun = 10;
/** As of a model of 2 layers of 128 dimensions: a thread is given four to five batches ahead. */
export const quick = 1 / 150;
/** As of a model of 6 layers of 384 dimensions. */
export const slow = 1 / 15;

export interface SimulatedRequest {
  readonly lengths: readonly number[];
  arrives: number;
  left: number;
  ends: number;
}

export interface Play {
  readonly requests: readonly SimulatedRequest[];
  readonly maxBatchTokens: number;
  /** Which thread gets a batch. @default as in a pool */
  readonly choose?: typeof nextThread;
  /** How long a thread takes for a token. @default as a quick model */
  readonly msPerToken?: number;
  /** Whether short requests overtake what waits in a thread. @default true */
  readonly overtaking?: boolean;
  /** Called at the end of each request: what comes in its place, if anything. */
  readonly follow?: (ended: SimulatedRequest) => SimulatedRequest | undefined;
}

export function requestAt(arrives: number, passages: number, random: () => number): SimulatedRequest {
  // Skewed as passages of MS MARCO are: 27 to 209 tokens, 80 on average.
  const lengths = Array.from({ length: passages }, () => Math.round(27 + 182 * random() ** 2.4));
  return { lengths, arrives, left: passages, ends: Number.NaN };
}

interface Batch {
  readonly parts: readonly BatchPart<SimulatedRequest>[];
  readonly tokens: number;
  readonly urgent: boolean;
}

/** A thread of the simulation: it runs one batch, and others wait in it. */
class SimulatedThread implements ThreadLoad {
  readonly #waiting = new OvertakingQueue<Batch>();
  readonly #msPerToken: number;
  #running: Batch | undefined;
  #ends = Number.POSITIVE_INFINITY;
  #tokens = 0;
  batches = 0;
  urgentTokens = 0;

  constructor(msPerToken: number) {
    this.#msPerToken = msPerToken;
  }

  get msAhead(): number {
    return this.#tokens * this.#msPerToken;
  }

  get ends(): number {
    return this.#ends;
  }

  give(batch: Batch, now: number): void {
    this.#count(batch, 1);
    this.#waiting.add(batch, batch.urgent);
    if (!this.#running) this.#begin(now);
  }

  /** Ends its batch and begins the next one. */
  end(now: number): readonly BatchPart<SimulatedRequest>[] {
    const ended = this.#running!;
    this.#count(ended, -1);
    this.#begin(now);
    return ended.parts;
  }

  #begin(now: number): void {
    this.#running = this.#waiting.next();
    this.#ends = this.#running ? now + this.#running.tokens + costOfARun : Number.POSITIVE_INFINITY;
  }

  #count({ tokens, urgent }: Batch, sign: 1 | -1): void {
    this.batches += sign;
    this.#tokens += sign * tokens;
    if (urgent) this.urgentTokens += sign * tokens;
  }
}

function joined(parts: readonly BatchPart<SimulatedRequest>[]): number {
  const count = parts.reduce((sum, { members }) => sum + members.length, 0);
  return count * Math.max(...parts.map(({ longest }) => longest));
}

/** Plays requests from their arrival until all have ended. */
export function simulate(play: Play): void {
  const {
    requests,
    maxBatchTokens,
    choose = nextThread,
    overtaking = true,
    msPerToken = quick,
    follow,
  } = play;
  const scheduler = new Scheduler<SimulatedRequest>({ workers, maxBatchTokens, joining: true });
  const arriving = requests.toSorted((a, b) => a.arrives - b.arrives);
  const threads = Array.from({ length: workers }, () => new SimulatedThread(msPerToken));
  let now = 0;
  let next = 0;
  const add = (request: SimulatedRequest) => {
    const batches = planBatches(request.lengths, maxBatchTokens);
    scheduler.add(
      request,
      batches.map((members) => ({ members, longest: request.lengths[members[0]!]! })),
    );
  };
  const end = (request: SimulatedRequest) => {
    request.ends = now;
    const following = follow?.(request);
    if (following) add(Object.assign(following, { arrives: now }));
  };
  for (;;) {
    for (const thread of threads.filter(({ ends }) => ends <= now)) {
      // The thread goes on with what waits in it before the event loop gives it more.
      for (const { request, members } of thread.end(now)) {
        request.left -= members.length;
        if (request.left === 0) end(request);
      }
    }
    while (next < arriving.length && arriving[next]!.arrives <= now) add(arriving[next++]!);
    while (scheduler.waitingBatches > 0) {
      const thread = choose(threads, scheduler);
      if (!thread) break;
      const urgent = overtaking && scheduler.shortIsNext;
      const parts = scheduler.next()!;
      thread.give({ parts, urgent, tokens: joined(parts) }, now);
    }
    now = Math.min(...threads.map(({ ends }) => ends), arriving[next]?.arrives ?? Number.POSITIVE_INFINITY);
    if (now === Number.POSITIVE_INFINITY) return;
  }
}

export function seeded(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

export const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(share * values.length)]!;

/** What requests cost each other under a policy: 16 long ones at every moment, and short ones among them. */
export function compareRequests(
  maxBatchTokens: number,
  policy: Pick<Play, 'choose' | 'overtaking' | 'msPerToken'> = {},
) {
  const settings = { maxBatchTokens, ...policy };
  const random = seeded();
  const together = Array.from({ length: 16 }, () => requestAt(0, 50, random));
  const oneByOne = together.map((request) => ({ ...request }));
  simulate({ ...settings, requests: together });
  for (const request of oneByOne) simulate({ ...settings, requests: [request] });
  const endOf = (request: SimulatedRequest) => request.ends;

  const until = 1_000_000;
  const long = Array.from({ length: 16 }, () => requestAt(0, 50, random));
  // Whenever one of the long ones ends, another comes.
  const follow = (ended: SimulatedRequest) =>
    ended.lengths.length === 50 && ended.ends < until ? requestAt(0, 50, random) : undefined;
  const short = Array.from({ length: 300 }, () => requestAt(20_000 + random() * (until - 40_000), 5, random));
  const alone = short.map((request) => ({ ...request, arrives: 0 }));
  simulate({ ...settings, requests: [...long, ...short], follow });
  for (const request of alone) simulate({ ...settings, requests: [request] });
  const times = short.map(({ ends, arrives }) => ends - arrives);
  const aloneTimes = alone.map(endOf);
  const ownRatios = times.map((time, index) => time / aloneTimes[index]!);
  return {
    unfinished: [...long, ...short].filter(({ left }) => left > 0).length,
    togetherToOneByOne:
      Math.max(...together.map(endOf)) / oneByOne.map(endOf).reduce((sum, ends) => sum + ends, 0),
    p95ToP95Alone: quantile(times, 0.95) / quantile(aloneTimes, 0.95),
    medianToMedianAlone: quantile(times, 0.5) / quantile(aloneTimes, 0.5),
    p95ToMedianAlone: quantile(times, 0.95) / quantile(aloneTimes, 0.5),
    p95OfOwnRatios: quantile(ownRatios, 0.95),
  };
}
