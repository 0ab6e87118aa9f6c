import { RetrievalError } from '@secondpass/core';
import type { PassageStateStore, StoredPassageStates } from '@secondpass/core/extend';
import { passageDigest, untilDeadline } from '@secondpass/core/extend';
import type { Limits, LowerLayers } from './lower-layers.ts';
import { type PassageStates, passageStatesFromBytes, passageStatesToBytes } from './passage-states.ts';

export interface KeptPassagesParts {
  readonly passageFingerprint: string;
  readonly lower: LowerLayers;
  readonly store: PassageStateStore;
  /** Whether the store was opened for this model, and is closed with it. */
  readonly ownsStore: boolean;
  readonly onStoreFailure: (error: unknown) => void;
}

/** How many bytes may wait to be written; results beyond it are not stored this time. */
const mostWaitingBytes = 64 * 2 ** 20;
const listedAtATime = 10_000;
/** The shares of the time to a deadline at which the store must have answered, and at which computing passages ends. */
const shareOfStore = 1 / 3;
const shareOfLower = 2 / 3;

/** States of passages: from the store, or computed and then stored there. */
export class KeptPassages {
  readonly #parts: KeptPassagesParts;
  readonly #writing = new Set<Promise<void>>();
  #waitingBytes = 0;

  constructor(parts: KeptPassagesParts) {
    this.#parts = parts;
  }

  /**
   * In input order; `undefined` for passages that were not in the store and not computed after two thirds of the
   * time. If the store has not answered after one third, all passages are computed.
   */
  async find(passages: readonly string[], limits: Limits): Promise<readonly (PassageStates | undefined)[]> {
    const { signal, deadlineAt } = limits;
    const digests = passages.map((passage) => passageDigest(this.#parts, passage));
    const now = performance.now();
    const part = (share: number) => (deadlineAt === undefined ? undefined : now + (deadlineAt - now) * share);
    const found = await this.#stored(digests, { signal, deadlineAt: part(shareOfStore) });
    const missing = new Map(
      passages.flatMap((passage, index) => (found.has(digests[index]!) ? [] : [[digests[index]!, passage]])),
    );
    const computed = await this.#parts.lower.readPassages([...missing.values()], {
      ...limits,
      deadlineAt: part(shareOfLower),
    });
    const fresh: StoredPassageStates[] = [];
    for (const [place, digest] of [...missing.keys()].entries()) {
      const states = computed[place];
      if (!states) continue;
      found.set(digest, states);
      fresh.push({ digest, bytes: passageStatesToBytes(states) });
    }
    this.#keep(fresh);
    return digests.map((digest) => found.get(digest));
  }

  /** Computes and stores the passages that are not in the store. @returns how many there were */
  async add(passages: readonly string[], signal: AbortSignal | undefined): Promise<number> {
    const { store, lower } = this.#parts;
    const options = signal ? { signal } : {};
    const texts = new Map(passages.map((passage) => [passageDigest(this.#parts, passage), passage]));
    const known = await store.has([...texts.keys()], options);
    const missing = [...texts].filter(([digest]) => !known.has(digest));
    const computed = await lower.readPassages(
      missing.map(([, passage]) => passage),
      options,
    );
    const entries = missing.map(([digest], index) => ({
      digest,
      bytes: passageStatesToBytes(computed[index]!),
    }));
    if (entries.length > 0) await store.put(entries, options);
    return entries.length;
  }

  /**
   * Deletes everything that is stored except for what these passages need.
   *
   * @throws RetrievalError `invalid-options` where the store cannot list and delete
   */
  async prune(
    passages: AsyncIterable<string>,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly kept: number; readonly deleted: number }> {
    const { store } = this.#parts;
    if (!store.list || !store.delete) throw cannotDelete(store.name);
    const options = signal ? { signal } : {};
    const needed = new Set<string>();
    for await (const passage of passages) {
      signal?.throwIfAborted();
      needed.add(passageDigest(this.#parts, passage));
    }
    // Passages that queries are just storing would be listed, or not, by chance.
    await Promise.all(this.#writing);
    let [kept, deleted] = [0, 0];
    let after: string | undefined;
    for (;;) {
      const page = await store.list({ after, limit: listedAtATime }, options);
      const gone = page.filter((digest) => !needed.has(digest));
      if (gone.length > 0) await store.delete(gone, options);
      kept += page.length - gone.length;
      deleted += gone.length;
      if (page.length < listedAtATime) return { kept, deleted };
      after = page.at(-1);
    }
  }

  /** Waits for running writes, and closes the store if it was opened for the model. */
  async close(): Promise<void> {
    await Promise.all(this.#writing);
    if (this.#parts.ownsStore) await this.#parts.store.close?.();
  }

  async #stored(
    digests: readonly string[],
    { signal, deadlineAt }: Limits,
  ): Promise<Map<string, PassageStates>> {
    const { store, onStoreFailure } = this.#parts;
    const unique = [...new Set(digests)];
    const get = (either?: AbortSignal) => store.get(unique, either ? { signal: either } : {});
    try {
      const bytes =
        deadlineAt === undefined ? await get(signal) : await untilDeadline(get, deadlineAt, signal);
      if (!bytes) onStoreFailure(unanswered(store.name));
      return new Map(
        [...(bytes ?? [])].flatMap(([digest, entry]) => {
          const states = passageStatesFromBytes(entry);
          return states ? [[digest, states]] : [];
        }),
      );
    } catch (error) {
      signal?.throwIfAborted();
      onStoreFailure(error);
      return new Map();
    }
  }

  /** Runs in the background: storing passages must not delay the answer. */
  #keep(entries: readonly StoredPassageStates[]): void {
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
    if (bytes === 0 || this.#waitingBytes + bytes > mostWaitingBytes) return;
    this.#waitingBytes += bytes;
    const writing = this.#parts.store
      .put(entries)
      .catch(this.#parts.onStoreFailure)
      .finally(() => {
        this.#waitingBytes -= bytes;
        this.#writing.delete(writing);
      });
    this.#writing.add(writing);
  }
}

function cannotDelete(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: 'This store has no list and delete, so that what is no longer needed cannot be found.',
    nextStep: 'Use a store that has both, or limit its size by itself.',
  });
}

function unanswered(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem:
      'The store did not answer within a third of the time to the deadline; the passages were computed.',
    nextStep: 'Find out what slows the store down, or allow more time.',
  });
}
