import { FailedTry } from '@secondpass/service-client';
import pLimit from 'p-limit';
import { tooManyWaiting } from './reranker-errors.ts';
import type { ServiceSettings } from './service-settings.ts';
import { type Turn, TurnGate } from './turn-gate.ts';
import { usedUpMs } from './used-up.ts';

export interface ServiceQueue {
  /**
   * Sends when it is this request's turn.
   *
   * @param request makes the request; its signal ends it at its socket
   */
  readonly send: <T extends { readonly headers?: Headers | undefined }>(
    request: (signal: AbortSignal) => Promise<T>,
    turn: Turn,
  ) => Promise<T>;
}

/** The requests of one reranker: so many at a time, so many a minute, and none while the service has asked for a pause. */
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
          // Where the service works on after its caller has gone, its place is free when it is done.
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
