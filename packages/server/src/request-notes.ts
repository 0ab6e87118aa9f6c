import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from './failure.ts';

/** What the log line and the headers say about a request: numbers and names, never a text. */
export interface RequestNotes {
  /** The holder of the key. */
  caller: string;
  tenant?: string;
  model?: string;
  texts?: number;
  queueMs?: number;
  workMs?: number;
  degraded?: string;
}

const notes = new WeakMap<FastifyRequest, RequestNotes>();

/** The caller's name if no key is required. */
export const anonymousCaller = 'anonymous';

/** A request's own tenant, for callers that ask for several: its share of the caller's time, and whose passages it finds. */
export const tenantHeader = 'x-tenant';

/**
 * Notes the tenant that a request names.
 *
 * @throws Failure `forbidden` if its key is for another one, or if it names two
 */
export function nameTenant(notes: RequestNotes, tenant: string): void {
  if (notes.tenant !== undefined && notes.tenant !== tenant) {
    throw new Failure(
      'forbidden',
      `This key searches for one tenant only, and the request names another; or its header ${tenantHeader} names one and its body another.`,
    );
  }
  notes.tenant = tenant;
}

export function notesOf(request: FastifyRequest): RequestNotes {
  const known = notes.get(request);
  if (known) return known;
  const fresh: RequestNotes = { caller: anonymousCaller };
  notes.set(request, fresh);
  return fresh;
}

/** Writes the headers that tell how long each step took, and whether the answer is incomplete. */
export function writeNotes(reply: FastifyReply, { queueMs, workMs, degraded }: RequestNotes): void {
  const parts = Object.entries({ queue: queueMs, work: workMs }).flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name};dur=${ms.toFixed(2)}`],
  );
  if (parts.length > 0) reply.header('server-timing', parts.join(', '));
  // A reason may contain any characters; a header takes printable ASCII only.
  if (degraded !== undefined)
    reply.header('x-degraded', degraded.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500));
}
