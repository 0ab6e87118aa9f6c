import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findTakenNames } from '../scripts/find-taken-names.ts';

/** The examples of an adapter's README, each under a table's, collection's or index's name that no user has. */
export interface ReadmeExamples {
  /** Title (the first comment) and code of each. */
  readonly examples: readonly (readonly [title: string, code: string])[];
  /** The names that the examples may create, none of which stands in the README. */
  readonly names: readonly string[];
}

/** What every name begins with that the tests make up. */
const madeUp = /\btest_[0-9a-f]{16}/;
const nameOption = /\b(?:table|collection|index|createCollection|upsert)\b(?::|\()\s*'(\w+)'/g;

/**
 * Reads the examples of a README and gives every table, collection and index in them a random name, so that running
 * them on a server that others use touches nothing of theirs.
 *
 * @param readme path from the repository's root, such as `packages/adapter-qdrant/README.md`
 */
export function readmeExamples(readme: string): ReadmeExamples {
  const text = readFileSync(fileURLToPath(new URL(`../${readme}`, import.meta.url)), 'utf8');
  const examples = [...text.matchAll(/```ts\n\/\/ (.*)\n([\s\S]*?)```/g)];
  const prefix = `test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const literal = new Set(examples.flatMap(([, , code]) => namesIn(code!)));
  const renamed = (code: string) =>
    [...literal].reduce(
      (whole, name) => whole.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `${prefix}_${name}`),
      code,
    );
  return {
    examples: examples.map(([, title, code]) => [title!, renamed(code!)] as const),
    names: [...literal].map((name) => `${prefix}_${name}`),
  };
}

/** The names of tables, collections and indices that a program says literally. */
export function namesIn(code: string): string[] {
  return [...code.matchAll(nameOption)].map(([, name]) => name!);
}

/**
 * Runs an example as a program of its own.
 *
 * @throws Error for an example that says a name which the tests did not make up, and so may be a user's
 */
export async function runExample(
  code: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const taken = findTakenNames(code).filter((line) => !madeUp.test(line));
  if (taken.length > 0) throw new Error(`This may touch what is a user's: ${taken.join(' … ')}`);
  // Here, so that the packages are found as a reader's own code finds them.
  const file = join(dirname(fileURLToPath(import.meta.url)), `readme-example-${randomUUID()}.ts`);
  await writeFile(file, code);
  try {
    return await promisify(execFile)(process.execPath, [file], { env: { ...process.env, ...environment } });
  } finally {
    await rm(file);
  }
}
