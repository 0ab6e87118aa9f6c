import { setTimeout as sleep } from 'node:timers/promises';
import { RetrievalError } from '@secondpass/core';
import { call } from './qdrant-call.ts';
import { existingCollection } from './qdrant-collection.ts';
import type { QdrantCollection } from './resolve-collection.ts';

/**
 * Waits until Qdrant has nothing left to build. Searching works before that, by comparing with every point.
 *
 * @throws RetrievalError `deadline-exceeded` after `timeoutMs`; `source-failed` when Qdrant has given up on the collection
 */
export async function waitUntilIndexed(
  collection: QdrantCollection,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadlineAt = performance.now() + timeoutMs;
  let started = false;
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    const { status } = await existingCollection(collection, signal);
    if (status === 'green') return;
    if (status === 'red') {
      refuse('source-failed', `The status of ${collection.collection} is red.`, "Read Qdrant's log.");
    }
    // Gray: building is pending and has not begun, as after a restart. Any change of settings starts it.
    if (status === 'gray' && !started) {
      started = true;
      const request = { collection_name: collection.collection, optimizers_config: {} };
      await call(collection, (api, init) => api.updateCollection(request, init), { signal, timeoutMs });
    }
    if (performance.now() > deadlineAt) {
      refuse(
        'deadline-exceeded',
        `Qdrant is still building its index after ${timeoutMs.toLocaleString('en')} ms.`,
        'Raise finishTimeoutMs, or finish again.',
      );
    }
    await sleep(pause, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: collection.name, problem, nextStep });
  }
}
