import { z } from 'zod';
import type { CheckedServerOptions } from '../check-server-options.ts';

const served = z.object({
  name: z.string(),
  kind: z.enum(['reranker', 'embedder', 'pipeline']),
  model: z.string().optional(),
  fingerprint: z.string().optional(),
  max_tokens: z.int().optional(),
  dimensions: z.int().optional(),
});

/** The fields that clients of Text Embeddings Inference read, and the list of what is served. */
export const serverInfoSchema = z.object({
  model_id: z.string(),
  model_sha: z.string().nullable(),
  model_dtype: z.string(),
  model_type: z.record(z.string(), z.looseObject({})),
  max_input_length: z.int().nullable(),
  max_client_batch_size: z.int(),
  auto_truncate: z.boolean(),
  version: z.string(),
  served: z.array(served),
});

type Served = z.infer<typeof served>;

/** Properties that local models have in addition to those of their interface. */
interface Described {
  readonly maxTokens?: unknown;
  readonly precision?: unknown;
}

export function serverInfo(options: CheckedServerOptions): z.infer<typeof serverInfoSchema> {
  const { rerankers, embedders, pipelines, limits, version } = options;
  const models = [
    ...[...rerankers].map(([name, part]) => describe(name, 'reranker', part)),
    ...[...embedders].map(([name, part]) => describe(name, 'embedder', part)),
    ...[...pipelines.keys()].map((name): Served => ({ name, kind: 'pipeline' })),
  ];
  const [first] = models;
  const [main] = [...rerankers.values(), ...embedders.values()] as readonly Described[];
  return {
    model_id: first!.name,
    model_sha: first!.fingerprint ?? null,
    model_dtype: main?.precision === 'int8' ? 'int8' : 'float32',
    model_type: { [first!.kind === 'embedder' ? 'embedding' : first!.kind]: {} },
    max_input_length: first!.max_tokens ?? null,
    max_client_batch_size: limits.maxDocuments,
    auto_truncate: true,
    version,
    served: models,
  };
}

function describe(
  name: string,
  kind: Served['kind'],
  part: { readonly name: string; readonly fingerprint?: string; readonly dimensions?: number } & Described,
): Served {
  const { fingerprint, maxTokens, dimensions } = part;
  return {
    name,
    kind,
    model: part.name,
    ...(fingerprint !== undefined && { fingerprint }),
    ...(typeof maxTokens === 'number' && { max_tokens: maxTokens }),
    ...(dimensions !== undefined && { dimensions }),
  };
}
