import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is known of a request, for its line in the log and for headers: numbers and names, never a text. */
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

/** The caller's name where no key is asked for. */
export const nobody = 'anonymous';

export function notesOf(request: FastifyRequest): RequestNotes {
  const known = notes.get(request);
  if (known) return known;
  const fresh: RequestNotes = { caller: nobody };
  notes.set(request, fresh);
  return fresh;
}

/** Says in headers how long what took, and whether the answer is less than the full one. */
export function writeNotes(reply: FastifyReply, { queueMs, workMs, degraded }: RequestNotes): void {
  const parts = Object.entries({ queue: queueMs, work: workMs }).flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name};dur=${ms.toFixed(2)}`],
  );
  if (parts.length > 0) reply.header('server-timing', parts.join(', '));
  // A reason may name a service with any characters; a header takes printable ASCII.
  if (degraded !== undefined)
    reply.header('x-degraded', degraded.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500));
}
