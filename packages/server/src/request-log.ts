import { RetrievalError } from '@secondpass/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Failure } from './failure.ts';
import { notesOf } from './request-notes.ts';
import type { ServerMetrics } from './server-metrics.ts';
import type { LogOptions } from './server-options.ts';

/** What the caller of a closed connection would have read; nginx has the same. */
const callerGone = 499;

/** pino's options: JSON lines whose time is readable. */
export function logSettings({ level = 'info', stream }: LogOptions) {
  return {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    ...(stream && { stream }),
  };
}

/** One line of the log and one observation for each request, without a word that a caller sent. */
export function recordRequests(app: FastifyInstance, metrics: ServerMetrics): void {
  app.addHook('onRequest', async (request, reply) => {
    // Fastify's own hook is not called where the connection is closed before the answer.
    reply.raw.once('close', () => record(request, reply, metrics));
  });
}

function record(request: FastifyRequest, reply: FastifyReply, metrics: ServerMetrics): void {
  const { url: route = 'unknown', config } = request.routeOptions;
  const status = reply.raw.writableFinished ? reply.statusCode : callerGone;
  metrics.requests.observe({ route, status }, reply.elapsedTime / 1000);
  const { tenant: _, ...notes } = notesOf(request);
  const line = { method: request.method, route, status, ms: round(reply.elapsedTime) };
  const level = status >= 500 ? 'warn' : config.open ? 'debug' : 'info';
  request.log[level]({ ...line, ...notes, ...rounded(notes) }, 'request');
}

/** What is ours to mend: what failed and where, without the message of an error that is not ours. */
export function describeCause({ kind, cause }: Failure): object {
  if (RetrievalError.is(cause)) return { kind, code: cause.code, origin: cause.origin };
  if (!(cause instanceof Error)) return { kind };
  const stack = cause.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 10);
  return { kind, error: cause.name, stack };
}

function rounded(notes: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(notes).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, round(value)]] : [],
    ),
  );
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
