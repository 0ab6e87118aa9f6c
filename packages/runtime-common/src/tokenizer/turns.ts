import type { AskedBy } from '@secondpass/core/runtime';
import { OvertakingQueue } from '../overtaking-queue.ts';

/** Who waits of one tenant. */
type Queue = OvertakingQueue<() => void>;

/** Whose work it is, and whether it goes before work of the same tenant that is not short. */
export interface PieceOfWork extends AskedBy {
  readonly short?: boolean;
}

/**
 * Lets a few pieces of work run at a time. Callers take turns, so do the tenants of a caller, and of one of them short pieces
 * run first, otherwise in order of arrival. A slot becomes free one turn of the event loop later, so that work without a
 * thread does not block other callbacks.
 */
export class Turns {
  /** By caller and tenant; who is next comes first. */
  readonly #waiting = new Map<string, Map<string, Queue>>();
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** @throws the signal's reason; work that has begun runs to its end, and keeps its slot until then */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal, piece: PieceOfWork = {}): Promise<T> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal, piece);
    try {
      return await work();
    } finally {
      setImmediate(() => this.#leave());
    }
  }

  #wait(
    signal: AbortSignal | undefined,
    { caller = '', tenant = '', short = false }: PieceOfWork,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const tenants = entryOf(this.#waiting, caller, () => new Map<string, Queue>());
    const queue = entryOf(tenants, tenant, (): Queue => new OvertakingQueue());
    const settle = () => {
      queue.delete(enter);
      if (queue.size === 0) tenants.delete(tenant);
      if (tenants.size === 0) this.#waiting.delete(caller);
      signal?.removeEventListener('abort', abort);
    };
    const enter = () => {
      toTheEnd(tenants, tenant);
      toTheEnd(this.#waiting, caller);
      settle();
      resolve();
    };
    const abort = () => {
      settle();
      reject(signal!.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    queue.add(enter, short);
    return promise;
  }

  #leave(): void {
    const [tenants] = this.#waiting.values();
    const [queue] = tenants?.values() ?? [];
    const next = queue?.next();
    if (next) next();
    else this.#free += 1;
  }
}

function entryOf<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function toTheEnd<T>(map: Map<string, T>, key: string): void {
  const value = map.get(key)!;
  map.delete(key);
  map.set(key, value);
}
