import { join } from 'node:path';
import type { Example } from './example.ts';

const packages = join(import.meta.dirname, '../../packages');

/** Model directories that examples name as a user's own, and what is there in their stead. */
const models: Readonly<Record<string, string>> = {
  'models/question-encoder': 'core/test/models/goldens/embedders/dpr-query',
  'models/context-encoder': 'core/test/models/goldens/embedders/dpr-passage',
  'models/colbert': 'late-interaction/test/tiny-colbert',
  'models/poly-encoder': 'late-interaction/test/poly-encoder/tiny-poly-encoder',
};

/** The address that examples give to a service of models. */
const serviceAddress = 'http://localhost:8080';

/** What an example asks for that is nowhere here, and why. */
const absent: readonly (readonly [sign: RegExp, reason: string])[] = [
  [/\b(?:addModel|openLockedModel|removeModel)\(/, 'no hub of models can be reached'],
  [/\bollamaEmbedder\(/, 'no Ollama is here'],
];

/** Why an example is not run here; `undefined` for one that is. */
export function reasonNotToRun({ code }: Example): string | undefined {
  return absent.find(([sign]) => sign.test(code))?.[1];
}

/** Whether an example sends requests to a service of models. */
export function needsService({ code }: Example): boolean {
  return code.includes(serviceAddress);
}

/** An example's code with what is here instead of what it names as a user's own. */
export function withStandIns({ code }: Example, service: string): string {
  return code
    .replaceAll(serviceAddress, service)
    .replaceAll(/'(models\/[\w-]+)'/g, (whole, name: string) => {
      const directory = models[name];
      return directory === undefined ? whole : `'${join(packages, directory)}'`;
    });
}
