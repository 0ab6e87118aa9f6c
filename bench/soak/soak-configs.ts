import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { depthOfSource, topK } from './truth.ts';

export interface SoakSources {
  readonly postgres: Readonly<Record<string, unknown>>;
  readonly elasticsearch: Readonly<Record<string, unknown>>;
}

/** As the adapters' `…FromConfig` read them; exact, so that an answer can be compared with brute force. */
export function soakSources(table: string, urls: { postgres: string; elasticsearch: string }) {
  const both = { search: 'exact' } as const;
  return {
    postgres: { ...both, url: urls.postgres, table, name: 'postgres', connectionTimeoutMs: 3_000 },
    elasticsearch: { ...both, url: urls.elasticsearch, index: table, name: 'elasticsearch' },
  };
}

/** Writes what `secondpass serve` reads. @returns its file, and the keys of the callers */
export function writeConfigs(
  folder: string,
  { postgres, elasticsearch }: SoakSources,
): { readonly config: string; readonly keys: readonly string[] } {
  const keys = Array.from({ length: 8 }, () => randomBytes(16).toString('hex'));
  // A server works on one request of a caller at a time, so a source that hangs holds up its caller for so long.
  const asked = { timeoutMs: 2_000, depth: depthOfSource };
  const pipeline = join(folder, 'pipeline.json');
  writeJson(pipeline, {
    source: {
      adapter: 'federated',
      minimumSources: 1,
      sources: [
        { source: { adapter: 'pgvector', ...postgres }, ...asked },
        { source: { adapter: 'elastic', ...elasticsearch }, ...asked },
      ],
    },
    embedder: { model: 'bi-encoder' },
    reranker: { model: 'small' },
    depth: 2 * depthOfSource,
    topK,
    blend: 0,
    onRerankFailure: 'keep-stage-1',
  });
  const config = join(folder, 'serve.json');
  writeJson(config, {
    cores: 1,
    pipelines: { search: pipeline },
    keys: keys.map((key, index) => ({
      name: `caller-${index}`,
      sha256: createHash('sha256').update(key).digest('hex'),
    })),
    limits: { timeoutMs: 20_000 },
    drain: { delayMs: 1_000 },
    logLevel: 'warn',
  });
  return { config, keys };
}

function writeJson(file: string, content: object): void {
  writeFileSync(file, JSON.stringify(content));
}
