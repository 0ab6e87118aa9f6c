import type { HttpService } from '@secondpass/service-client';
import type { CheckedRemoteOptions } from '../check-remote-options.ts';
import { cohereDialect } from './cohere.ts';
import type { Dialect } from './dialect.ts';
import { elasticsearchDialect } from './elasticsearch.ts';
import { infinityDialect } from './infinity.ts';
import { jinaDialect } from './jina.ts';
import { kserveDialect } from './kserve.ts';
import { teiDialect } from './tei.ts';
import { vllmDialect } from './vllm.ts';
import { voyageDialect } from './voyage.ts';

const ofTexts = {
  cohere: cohereDialect,
  jina: jinaDialect,
  voyage: voyageDialect,
  infinity: infinityDialect,
  vllm: vllmDialect,
  elasticsearch: elasticsearchDialect,
};

export async function dialectOf(
  options: CheckedRemoteOptions,
  service: HttpService,
  signal: AbortSignal,
): Promise<Dialect> {
  if (options.service === 'kserve') return kserveDialect(options, service, signal);
  if (options.service === 'tei') return teiDialect(options, service, signal);
  return ofTexts[options.service](options);
}
