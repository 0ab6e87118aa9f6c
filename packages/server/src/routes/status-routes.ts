import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ownRefusal } from '../dialects/own-refusal.ts';
import type { Serving } from '../serving.ts';
import { refusalsIn } from './refusals-in.ts';
import { serverInfo, serverInfoSchema } from './server-info.ts';

const status = z.object({ status: z.string() });

/** Routes for operators (health, metrics) and for clients that ask what is served. */
export function statusRoutes(app: FastifyInstance, serving: Serving): void {
  app.get('/health', {
    config: { open: true },
    schema: {
      summary: 'Whether the process answers',
      tags: ['status'],
      security: [],
      response: { 200: status },
    },
    handler: () => ({ status: 'ok' }),
  });
  app.get('/ready', {
    config: { open: true },
    schema: {
      summary: 'Whether requests should be sent here',
      tags: ['status'],
      security: [],
      response: { 200: status, 503: status },
    },
    handler: (_, reply) => {
      if (serving.ready) return { status: 'ready' };
      return reply.code(503).send({ status: 'draining' });
    },
  });
  app.get('/info', {
    schema: {
      summary: 'What is served',
      tags: ['status'],
      response: { 200: serverInfoSchema, ...refusalsIn(ownRefusal) },
    },
    handler: () => serverInfo(serving.options),
  });
  app.get('/metrics', {
    schema: {
      summary: "Metrics in Prometheus' form",
      tags: ['status'],
      produces: ['text/plain'],
      response: { 200: z.string() },
    },
    handler: async (_, reply) => {
      const { registry } = serving.metrics;
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  });
  app.get('/openapi.json', { schema: { hide: true }, handler: () => app.swagger() });
}
