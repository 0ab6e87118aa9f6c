import type { ElasticClient } from './elastic-client.ts';
import type { ElasticFields, ElasticIndexOptions, ElasticMetric } from './elastic-options.ts';

/** The options that source and writer share, checked and filled in. */
export interface ElasticIndex {
  readonly client: ElasticClient;
  readonly name: string;
  readonly index: string;
  readonly fields: Required<ElasticFields>;
  readonly metric: ElasticMetric | undefined;
  readonly tenantField: string | undefined;
}

/** Fills in what was left out of checked options. */
export function resolveIndex(options: ElasticIndexOptions): ElasticIndex {
  const { client, index, name = `elastic:${index}`, metric, tenantField } = options;
  const { text = 'text', vector = 'vector', payload = 'payload' } = options.fields ?? {};
  return { client, name, index, fields: { text, vector, payload }, metric, tenantField };
}
