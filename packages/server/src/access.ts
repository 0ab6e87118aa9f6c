import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiKeys } from './api-keys.ts';
import { Failure } from './failure.ts';
import { isLoopback } from './loopback.ts';
import { nameTenant, notesOf, tenantHeader } from './request-notes.ts';
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
    } else if (!isLoopback(request.hostname)) {
      // DNS rebinding: a web page can point its own host name at this machine, and then read the answers.
      throw new Failure('forbidden', 'Without keys the server answers at localhost and 127.0.0.1 only.');
    }
    readTenant(request);
  });
}

/** Headers hold bytes: a name beyond ASCII is sent percent-encoded. */
function readTenant(request: FastifyRequest): void {
  const sent = request.headers[tenantHeader];
  if (sent === undefined) return;
  const tenant = typeof sent === 'string' ? decoded(sent) : undefined;
  if (tenant === undefined || tenant === '' || tenant.length > 512) {
    throw new Failure(
      'invalid',
      `The header ${tenantHeader} is not a name of 1 to 512 characters, percent-encoded where they are not ASCII.`,
    );
  }
  nameTenant(notesOf(request), tenant);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
