import { parseFilter, type Ranking } from '@secondpass/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ownRefusal } from '../dialects/own-refusal.ts';
import { invalidBody } from '../failure.ts';
import { nameTenant, notesOf } from '../request-notes.ts';
import { type Serving, served } from '../serving.ts';
import { refusalsIn } from './refusals-in.ts';

const body = z.strictObject({
  query: z.string(),
  pipeline: z.string().min(1).optional().describe('Name of a served pipeline; the first one if absent'),
  topK: z.int().min(1).max(10_000).optional(),
  depth: z.int().min(1).max(10_000).optional(),
  filter: z.looseObject({}).optional().describe('Condition on the payload, in the portable filter language'),
  tenant: z.string().min(1).optional().describe('Whose passages are searched; the key may fix the tenant'),
});

const ms = z.number().min(0);
const answer = z.looseObject({
  query: z.string(),
  hits: z.array(
    z.looseObject({
      rank: z.int().min(1),
      score: z.number(),
      candidate: z.looseObject({ id: z.string(), text: z.string(), score: z.number(), rank: z.int().min(1) }),
    }),
  ),
  candidateCount: z.int().min(0),
  retrievedBy: z.string(),
  rerankedBy: z.string().nullable(),
  degraded: z.object({ stage: z.string(), reason: z.string() }).optional(),
  timings: z.object({ embedMs: ms, searchMs: ms, rerankMs: ms, totalMs: ms }),
});

/** The cost of a search in addition to its query, in characters: about the length of its candidates. */
const costOfSearch = 16_384;

/** `/search`: both stages of a pipeline. */
export function searchRoute(app: FastifyInstance, serving: Serving): void {
  app.post('/search', {
    schema: {
      summary: 'Both stages of a configured pipeline',
      tags: ['search'],
      body,
      response: { 200: answer, ...refusalsIn(ownRefusal) },
    },
    handler: async (request, reply): Promise<Ranking> => {
      const read = body.safeParse(request.body);
      if (!read.success) throw invalidBody(read.error);
      const { query, pipeline, topK, depth, filter, tenant } = read.data;
      const [name, retriever] = served(serving.options.pipelines, pipeline, 'pipeline');
      const notes = notesOf(request);
      if (tenant !== undefined) nameTenant(notes, tenant);
      const tenantToUse = notes.tenant;
      const options = {
        ...(topK !== undefined && { topK }),
        ...(depth !== undefined && { depth }),
        ...(filter && { filter: parseFilter(filter, 'filter') }),
        ...(tenantToUse !== undefined && { tenant: tenantToUse }),
      };
      return serving.run(request, reply, {
        model: name,
        texts: 1,
        cost: costOfSearch + query.length,
        characters: query.length,
        run: async ({ signal, answerAt, onDegraded, caller }) => {
          const left = answerAt === undefined ? undefined : Math.max(1, answerAt - performance.now());
          const ranking = await retriever.retrieve(query, {
            ...options,
            caller,
            signal,
            ...(left !== undefined && { latencyBudgetMs: left }),
          });
          if (ranking.degraded) onDegraded(ranking.degraded);
          return ranking;
        },
      });
    },
  });
}
