import { FailedTry } from '@secondpass/service-client';
import pLimit from 'p-limit';
import { tooManyWaiting } from './reranker-errors.ts';
import type { ServiceSettings } from './service-settings.ts';
import { type Turn, TurnGate } from './turn-gate.ts';
import { usedUpMs } from './used-up.ts';

export interface ServiceQueue {
  /**
   * Sends the request when its turn comes.
   *
   * @param request sends it; the signal closes its connection
   */
  readonly send: <T extends { readonly headers?: Headers | undefined }>(
    request: (signal: AbortSignal) => Promise<T>,
    turn: Turn,
  ) => Promise<T>;
}

/** Queues a reranker's requests. It limits them at a time and per minute, and pauses if the service asks for it. */
export function serviceQueue(origin: string, settings: ServiceSettings, closed: AbortSignal): ServiceQueue {
  const { concurrency, maxQueuedRequests, closeAbandoned } = settings;
  const limit = pLimit(concurrency);
  const gate = new TurnGate(origin, {
    requests: settings.requestsPerMinute,
    characters: settings.charactersPerMinute,
  });
  return {
    async send(request, turn) {
      if (limit.pendingCount >= maxQueuedRequests) throw tooManyWaiting(origin, maxQueuedRequests);
      return limit(async () => {
        turn.signal.throwIfAborted();
        await gate.pass(turn);
        try {
          // If closing does not stop the service's work, the request keeps its place until the service is done.
          const answer = await request(closeAbandoned ? turn.signal : closed);
          gate.pause((answer.headers && usedUpMs(answer.headers)) ?? 0);
          return answer;
        } catch (error) {
          if (error instanceof FailedTry) gate.pause(error.retryAfterMs ?? 0);
          throw error;
        }
      });
    },
  };
}
