import type { FastifyInstance } from 'fastify';
import { ApiKeys } from './api-keys.ts';
import { Failure } from './failure.ts';
import { isLoopback } from './loopback.ts';
import { notesOf } from './request-notes.ts';
import type { ApiKey } from './server-options.ts';

/** Requires a known key. Without keys, it accepts only requests to localhost or 127.0.0.1. */
export function checkAccess(app: FastifyInstance, given: readonly ApiKey[]): void {
  const keys = new ApiKeys(given);
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.open || request.is404) return;
    if (keys.required) {
      const holder = keys.holderOf(request.headers.authorization);
      if (!holder) throw new Failure('unauthorized', 'Send a known key: Authorization: Bearer KEY.');
      Object.assign(notesOf(request), {
        caller: holder.name,
        ...(holder.tenant !== undefined && { tenant: holder.tenant }),
      });
      return;
    }
    // DNS rebinding: a web page can point its own host name at this machine, and then read the answers.
    if (isLoopback(request.hostname)) return;
    throw new Failure('forbidden', 'Without keys the server answers at localhost and 127.0.0.1 only.');
  });
}
