import { RetrievalError } from '@secondpass/core';
import type { Adapter } from './adapters/adapter.ts';
import { elasticAdapter } from './adapters/elastic.ts';
import { federatedAdapter } from './adapters/federated.ts';
import { pgvectorAdapter } from './adapters/pgvector.ts';
import { qdrantAdapter } from './adapters/qdrant.ts';
import { runAdapter } from './adapters/run.ts';

/** Every adapter that a configuration can name. Its package is imported on first use. */
const adapters: readonly Adapter[] = [
  elasticAdapter,
  pgvectorAdapter,
  qdrantAdapter,
  federatedAdapter(findAdapter),
  runAdapter,
];

/** @returns undefined where no adapter has that name */
export function adapterNamed(name: unknown): Adapter | undefined {
  return adapters.find((adapter) => adapter.name === name);
}

/** @throws RetrievalError `invalid-config`, which lists the known adapters */
export function findAdapter(name: string, origin: string): Adapter {
  const found = adapterNamed(name);
  if (found) return found;
  throw new RetrievalError({
    code: 'invalid-config',
    origin,
    problem: `adapter is ${JSON.stringify(name)}, and no adapter has that name.`,
    nextStep: `Use ${adapters.map((adapter) => `"${adapter.name}"`).join(', ')}.`,
    path: ['adapter'],
  });
}
