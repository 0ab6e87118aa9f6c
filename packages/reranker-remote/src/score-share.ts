import type { PassageScore } from '@secondpass/core';
import { inHalves, unusable, withRetries } from '@secondpass/service-client';
import { charactersOf } from './characters-of.ts';
import type { IndexedScore } from './dialects/dialect.ts';
import { placeScores } from './place-scores.ts';
import { rerankingService } from './reranking-service.ts';
import { relevanceOf } from './score-scale.ts';
import type { ServiceQueue } from './service-queue.ts';
import type { ServiceSettings } from './service-settings.ts';

/** One request that can be sent, and sent again as a retry. */
export interface PreparedRequest {
  send(signal: AbortSignal): Promise<{
    readonly scores: readonly IndexedScore[];
    readonly headers?: Headers | undefined;
  }>;
  /** For each passage, if it is known. */
  readonly tokensCut?: readonly number[] | undefined;
  readonly queryTokensCut?: number | undefined;
}

export interface ShareService {
  readonly name: string;
  readonly settings: ServiceSettings;
  readonly send: ServiceQueue['send'];
  prepare(query: string, passages: readonly string[], signal: AbortSignal): Promise<PreparedRequest>;
}

/**
 * The scores of one request's passages, in their order. If the service refuses the request as too large, it is
 * repeated in two halves, except for a listwise model.
 *
 * @throws FailedTry, RetrievalError or the signal's reason
 */
export async function scoreShare(
  service: ShareService,
  query: string,
  passages: readonly string[],
  end: { readonly endsAt: number; readonly signal: AbortSignal },
): Promise<readonly PassageScore[]> {
  const ask = (part: readonly string[]) => askOnce(service, query, part, end);
  return service.settings.listwise ? ask(passages) : inHalves(passages, ask);
}

async function askOnce(
  { name, settings, prepare, send }: ShareService,
  query: string,
  passages: readonly string[],
  end: { readonly endsAt: number; readonly signal: AbortSignal },
): Promise<readonly PassageScore[]> {
  const prepared = await prepare(query, passages, end.signal);
  const turn = { characters: charactersOf(query, passages), ...end };
  const { scores } = await withRetries(() => send((signal) => prepared.send(signal), turn), {
    retries: settings.retries,
    afterTimeout: settings.closeAbandoned,
    // The queue waits instead, for all requests.
    waitsAsAsked: false,
    ...end,
  });
  const rawScores = placed(scores, passages.length, name);
  return rawScores.map((rawScore, index) => ({
    score: relevanceOf(rawScore, settings.scale, name),
    rawScore,
    tokensCut: prepared.tokensCut?.[index] ?? 0,
    ...(prepared.queryTokensCut && { queryTokensCut: prepared.queryTokensCut }),
  }));
}

function placed(scores: readonly IndexedScore[], count: number, origin: string): readonly number[] {
  try {
    return placeScores(scores, count);
  } catch (error) {
    throw unusable({ origin, kind: rerankingService, redact: (text) => text }, (error as Error).message);
  }
}
