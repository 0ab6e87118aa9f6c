import { RetrievalError } from '@secondpass/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ownRefusalOf } from './dialects/own-refusal.ts';
import type { Refusal } from './dialects/refusal.ts';
import { CallerGone, Failure, failureOf } from './failure.ts';
import { describeCause } from './request-log.ts';
import type { Serving } from './serving.ts';

/** Answers every failure in the form that the route's clients read. */
export function answerFailures(app: FastifyInstance, { queue }: Serving): void {
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof CallerGone) return reply.code(499).send();
    const failure = failureOf(error);
    const { kind } = failure;
    if (kind === 'internal' || kind === 'behind') request.log.error(describeCause(failure), 'failure');
    if (kind === 'overloaded') reply.header('retry-after', retrySeconds(failure) ?? queue.secondsUntilServed);
    if (kind === 'unauthorized') reply.header('www-authenticate', 'Bearer');
    const { refusalOf = ownRefusalOf } = request.routeOptions.config;
    return send(reply, refusalOf(failure, request.body));
  });
  app.setNotFoundHandler((_, reply) =>
    send(
      reply,
      ownRefusalOf(new Failure('unknown-route', 'There is no such route; /openapi.json lists all.')),
    ),
  );
}

/** Of a queue that said when to come back: the server's, or that of a reranker. */
function retrySeconds({ cause }: Failure): number | undefined {
  if (!RetrievalError.is(cause) || cause.retryAfterMs === undefined) return undefined;
  return Math.max(1, Math.ceil(cause.retryAfterMs / 1000));
}

function send(reply: FastifyReply, { status, body }: Refusal): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}
