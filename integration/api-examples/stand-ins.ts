import { join } from 'node:path';
import type { Example } from './example.ts';

const packages = join(import.meta.dirname, '../../packages');

/** Model directories that examples name as a user's own, and what is there in their stead. */
const models: Readonly<Record<string, string>> = {
  'models/question-encoder': 'models/models/bi-encoder',
  'models/context-encoder': 'models/models/bi-encoder',
  'models/my-reranker': 'core/test/models/goldens/tiny-bert',
  'models/colbert': 'late-interaction/test/tiny-colbert',
  'models/poly-encoder': 'late-interaction/test/poly-encoder/tiny-poly-encoder',
};

/** The address that examples give to a service of models; `secondpass serve` is there in its stead. */
const serviceAddress = 'http://localhost:8080';

/** What an example asks for that cannot be had here, and why. */
const absent: readonly (readonly [sign: RegExp, reason: string])[] = [
  [/\b(?:addModel|openLockedModel|removeModel)\(/, 'they need a hub of models, and tests reach none'],
  [/\bollamaEmbedder\(/, 'they need Ollama'],
];

/** Packages whose examples run next to the other tests of their engine. */
const engines: Readonly<Record<string, string>> = {
  'adapter-pgvector': 'integration/pgvector/api-examples.test.ts runs them',
  'adapter-elastic': 'integration/elastic/api-examples.test.ts runs them',
  'adapter-qdrant': 'integration/qdrant/api-examples.test.ts runs them where there is a Qdrant',
};

/** Why an example is not run with the others; `undefined` for one that is. */
export function reasonNotToRun({ folder, code }: Example): string | undefined {
  return engines[folder] ?? absent.find(([sign]) => sign.test(code))?.[1];
}

/**
 * An example's code with what is here instead of what it names as a user's own.
 *
 * @param service address of `secondpass serve`
 */
export function withStandIns({ code }: Example, service: string): string {
  return code.replaceAll(serviceAddress, service).replaceAll(/'(models\/[\w-]+)'/g, (whole, name: string) => {
    const directory = models[name];
    return directory === undefined ? whole : `'${join(packages, directory)}'`;
  });
}
