import type { ShareLimits } from '@secondpass/service-client';
import type { DialectLimits } from './dialects/dialect.ts';
import type { ScoringOptions } from './remote-reranker-options.ts';
import type { RemoteScale } from './score-scale.ts';

/** The settings of a reranker, with all defaults filled in. */
export interface ServiceSettings {
  readonly scale: RemoteScale;
  readonly listwise: boolean;
  readonly limits: ShareLimits;
  readonly concurrency: number;
  readonly maxQueuedRequests: number;
  readonly requestsPerMinute: number;
  readonly charactersPerMinute: number;
  readonly retries: number;
  readonly totalTimeoutMs: number;
  readonly closeAbandoned: boolean;
}

export function serviceSettings(
  options: ScoringOptions,
  service: {
    readonly scale: RemoteScale;
    readonly limits: DialectLimits;
    readonly listwise?: boolean;
    readonly closeAbandoned: boolean;
  },
): ServiceSettings {
  const { documents, characters = Infinity, bytes } = service.limits;
  return {
    scale: options.scale ?? service.scale,
    listwise: options.listwise ?? service.listwise ?? false,
    limits: {
      texts: options.maxDocuments ?? documents,
      characters: options.maxCharacters ?? characters,
      ...(bytes !== undefined && { bytes }),
    },
    concurrency: options.concurrency ?? 4,
    maxQueuedRequests: options.maxQueuedRequests ?? 256,
    requestsPerMinute: options.requestsPerMinute ?? Infinity,
    charactersPerMinute: options.charactersPerMinute ?? Infinity,
    retries: options.retries ?? 2,
    totalTimeoutMs: options.totalTimeoutMs ?? 60_000,
    closeAbandoned: options.closeAbandoned ?? service.closeAbandoned,
  };
}
