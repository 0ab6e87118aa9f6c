import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RetrievalError } from '@secondpass/core';
import { describeValue, isNestedWithin } from '@secondpass/core/extend';
import type { z } from 'zod';
import type { Adapter, SourceSettings } from '../adapters/adapter.ts';
import { findAdapter } from '../adapters.ts';
import { decodeText } from '../corpus/decode-text.ts';
import { unreadable } from '../corpus/input-error.ts';
import type { Secrets } from '../secrets.ts';
import { withAbsolutePaths } from './absolute-paths.ts';
import { configError } from './config-problems.ts';
import { type Config, configSchema } from './config-schema.ts';
import { type Environment, replaceVariables } from './config-variables.ts';
import { inSourceBlock } from './in-source-block.ts';
import { type ParsedConfig, parseConfigText } from './parse-config-text.ts';

/** A checked configuration, except the values of `source`: its adapter checks them when it opens. */
export interface LoadedConfig extends Omit<Config, 'source'> {
  readonly file: string;
  /** The folder that relative paths start from. */
  readonly folder: string;
  readonly adapter: Adapter;
  /** The settings of the adapter: the `source` block without `adapter`. */
  readonly source: SourceSettings;
  /** The most threads per local model, if the model's own settings do not set it. */
  readonly workers?: number;
  /** The line of a key, if the format has lines. */
  readonly lineOf: ParsedConfig['lineOf'];
}

const largestFile = 1024 * 1024;
/** The deepest nesting of lists and blocks; a configuration with every key has ten levels. */
const deepestConfig = 64;

/**
 * Reads `secondpass.config.yaml`, `.yml`, `.json` or `.ts`: replaces variables, checks keys, and makes paths absolute.
 *
 * @throws RetrievalError `invalid-config`, naming the key, its value and what was expected
 */
export async function readConfigFile(
  file: string,
  { environment, secrets }: { readonly environment: Environment; readonly secrets: Secrets },
): Promise<LoadedConfig> {
  const parsed = await parseConfigFile(file);
  if (!isNestedWithin(parsed.value, deepestConfig)) {
    throw refuse(
      file,
      `The values are nested more than ${deepestConfig} levels deep, or a value contains itself.`,
      'Write every value out, without an alias to a block around it.',
    );
  }
  const folder = dirname(resolve(file));
  const value = replaceVariables(parsed.value, { file, environment, secrets });
  const result = configSchema.safeParse(value);
  if (!result.success) {
    const knownKeys = (path: readonly string[]): readonly string[] => keysAt(configSchema, path);
    throw configError(result.error, { file, written: parsed.value, knownKeys, lineOf: parsed.lineOf });
  }
  const config = result.data;
  checkLimits(config, { file, lineOf: parsed.lineOf });
  const { adapter: name, ...settings } = config.source;
  const { lineOf } = parsed;
  const adapter = findAdapterOf(name, { file, lineOf });
  const source = withAbsolutePaths(settings, adapter, folder);
  return { ...config, file, folder, adapter, source, lineOf };
}

/** @throws RetrievalError `invalid-config` where two settings contradict each other */
function checkLimits({ depth, topK, timeoutMs, latencyBudgetMs = 0 }: Config, place: Place): void {
  const refuse = (key: string, problem: string, nextStep: string): never => {
    const line = place.lineOf([key]);
    const origin = line === undefined ? place.file : `${place.file}:${line}`;
    throw new RetrievalError({ code: 'invalid-config', origin, problem, nextStep, path: [key] });
  };
  if (topK > depth) {
    refuse(
      'topK',
      `topK is ${topK}, and depth is ${depth}: stage 2 cannot return more than stage 1 gives it.`,
      `Set topK to at most ${depth}, or raise depth.`,
    );
  }
  if (latencyBudgetMs > timeoutMs) {
    refuse(
      'latencyBudgetMs',
      `latencyBudgetMs is ${latencyBudgetMs}, and timeoutMs is ${timeoutMs}: a query would fail before it may answer with what it has.`,
      `Set latencyBudgetMs to at most ${timeoutMs}, or raise timeoutMs.`,
    );
  }
}

type Place = Parameters<typeof inSourceBlock>[1];

function findAdapterOf(name: string, config: Place): Adapter {
  try {
    return findAdapter(name, config.file);
  } catch (error) {
    throw inSourceBlock(error, config);
  }
}

/** @throws RetrievalError `invalid-config` if the file cannot be read or parsed */
export async function parseConfigFile(file: string): Promise<ParsedConfig> {
  const entry = await stat(file).catch((error) =>
    Promise.reject(asConfigError(file, unreadable(file, error))),
  );
  if (extname(file) === '.ts') return importConfig(file);
  if (!['.yaml', '.yml', '.json'].includes(extname(file))) {
    throw refuse(
      file,
      `A configuration cannot be read from a ${extname(file) || 'nameless'} file.`,
      'Use .yaml, .yml, .json or .ts.',
    );
  }
  if (entry.size > largestFile)
    throw refuse(file, `The file has ${entry.size} bytes.`, 'Use a configuration below 1 MiB.');
  const bytes = await readFile(file).catch((error) =>
    Promise.reject(asConfigError(file, unreadable(file, error))),
  );
  return parseConfigText(asText(bytes, file), file);
}

function asText(bytes: Uint8Array, file: string): string {
  try {
    return decodeText(bytes, file);
  } catch (error) {
    throw asConfigError(file, error);
  }
}

async function importConfig(file: string): Promise<ParsedConfig> {
  try {
    const { default: value } = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    if (value === undefined) throw new Error('it has no default export');
    return { value, lineOf: () => undefined };
  } catch (error) {
    throw refuse(
      file,
      `The file cannot be imported: ${error instanceof Error ? error.message : describeValue(error)}.`,
      'Write `export default { source: … }`, in TypeScript that needs no compilation.',
      error,
    );
  }
}

/** The keys of a schema at a path, for suggestions. */
export function keysAt(schema: z.ZodObject, path: readonly string[]): readonly string[] {
  const inner = path.reduce<unknown>(
    (current, key) => unwrap((current as z.ZodObject | undefined)?.shape?.[key] ?? elementOf(current)),
    schema,
  );
  return Object.keys((inner as z.ZodObject | undefined)?.shape ?? {});
}

/** The schema inside `.default()`, `.optional()` and `z.lazy()`. */
function unwrap(schema: unknown): unknown {
  const def = (schema as { def?: { innerType?: unknown; getter?: () => unknown } } | undefined)?.def;
  const inner = def?.innerType ?? def?.getter?.();
  return inner === undefined ? schema : unwrap(inner);
}

/** The schema of the elements of a list, or of a block with any names. */
function elementOf(schema: unknown): unknown {
  const def = (schema as { def?: { element?: unknown; valueType?: unknown } } | undefined)?.def;
  return def?.element ?? def?.valueType;
}

function asConfigError(file: string, error: unknown): unknown {
  return RetrievalError.is(error)
    ? refuse(error.origin || file, error.problem, error.nextStep, error.cause)
    : error;
}

function refuse(origin: string, problem: string, nextStep: string, cause?: unknown): RetrievalError {
  return new RetrievalError({ code: 'invalid-config', origin, problem, nextStep, cause });
}
