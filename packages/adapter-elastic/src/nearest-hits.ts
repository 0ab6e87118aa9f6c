import { RetrievalError } from '@secondpass/core';
import type { ElasticSearchRequest } from './elastic-client.ts';
import type { ElasticEngine } from './elastic-engine.ts';
import {
  exactRequest,
  matchingQuery,
  mostCandidates,
  type VectorPlan,
  vectorRequest,
} from './elastic-request.ts';
import { type ElasticHit, hitsOf } from './elastic-response.ts';

export interface NearestRequest {
  readonly engine: ElasticEngine;
  readonly plan: VectorPlan;
  readonly search: 'hnsw' | 'exact';
  /** Kind of the vector index; `flat` always compares with everything. */
  readonly vectorIndex: string | undefined;
  readonly whenShort: 'exact' | 'accept';
  readonly origin: string;
}

export interface NearestHits {
  readonly hits: readonly ElasticHit[];
  /** Whether there may be more hits that were not searched for. */
  readonly unchecked: boolean;
}

/**
 * The nearest documents, up to `depth`: if the graph misses some, an exact comparison finds them, unless a short
 * answer is accepted.
 *
 * @throws RetrievalError `invalid-options` or `source-failed` when the exact comparison is needed and impossible
 */
export async function nearestHits(request: NearestRequest): Promise<NearestHits> {
  const { engine, plan, search, vectorIndex, whenShort, origin } = request;
  const found = (hits: readonly ElasticHit[]) => ({ hits, unchecked: false });
  const ask = async (body: ElasticSearchRequest) => hitsOf(await engine.search(body), origin);
  const byGraph = search === 'hnsw' || vectorIndex === 'flat';

  const hits = byGraph ? await ask(vectorRequest(plan)) : [];
  if (hits.length === plan.depth) return found(hits);
  if (byGraph && whenShort === 'accept') return { hits, unchecked: !vectorIndex?.endsWith('flat') };
  const answer = await engine.count({ index: plan.index, query: matchingQuery(plan) });
  const matching = Number((answer as { count?: unknown }).count);
  if (hits.length >= matching) return found(hits);

  const exact = exactRequest(plan, matching);
  if (exact !== undefined) return found(await ask(exact));
  const wider = byGraph ? await ask(vectorRequest({ ...plan, numCandidates: mostCandidates })) : [];
  if (wider.length === plan.depth) return found(wider);
  const many = `${matching.toLocaleString('en')} documents match, too many to compare with all of them in an index that secondpass did not fill`;
  throw new RetrievalError({
    code: byGraph ? 'source-failed' : 'invalid-options',
    origin,
    problem: byGraph ? `${many}, and the graph did not find ${plan.depth}.` : `${many}.`,
    nextStep: byGraph
      ? 'Set whenShort: "accept", lower depth, narrow the filter, or fill an index with elasticWriter.'
      : 'Use search: "hnsw", or fill an index with elasticWriter.',
  });
}
