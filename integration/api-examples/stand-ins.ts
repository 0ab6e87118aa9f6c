import { join } from 'node:path';
import type { Example } from './example.ts';

const packages = join(import.meta.dirname, '../../packages');

/** Model directories that examples name as a user's own, and what is there in their stead. */
const models: Readonly<Record<string, string>> = {
  'models/question-encoder': 'models/models/bi-encoder',
  'models/context-encoder': 'models/models/bi-encoder',
};

/** An example's code with what is here instead of what it names as a user's own. */
export function withStandIns({ code }: Example): string {
  return code.replaceAll(/'(models\/[\w-]+)'/g, (whole, name: string) => {
    const directory = models[name];
    return directory === undefined ? whole : `'${join(packages, directory)}'`;
  });
}
