import { RetrievalError } from '@secondpass/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Failure } from './failure.ts';
import { notesOf } from './request-notes.ts';
import type { ServerMetrics } from './server-metrics.ts';
import type { LogOptions } from './server-options.ts';

/** The status in log and metrics if the caller closed the connection; nginx uses the same. */
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

/** Writes one log line and one observation for each request; neither holds any text that the caller sent. */
export function recordRequests(app: FastifyInstance, metrics: ServerMetrics): void {
  app.addHook('onRequest', async (request, reply) => {
    // Fastify does not call its own hook if the connection is closed before the answer.
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

/** What failed and where, for the log; without the message of a foreign error, which may quote texts. */
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
