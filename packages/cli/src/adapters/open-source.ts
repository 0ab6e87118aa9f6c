import { RetrievalError } from '@secondpass/core';
import type { LoadedConfig } from '../config/config-file.ts';
import { nearestName } from '../nearest-name.ts';
import type { EngineReport, OpenSource } from './adapter.ts';

/** Opens what the `source` block of a configuration names. */
export function openSource(config: LoadedConfig): Promise<OpenSource> {
  return config.adapter.open(config.source).catch((error) => Promise.reject(inConfig(error, config)));
}

/** Asks the engine that the `source` block of a configuration names. */
export function inspectSource(config: LoadedConfig, signal: AbortSignal): Promise<EngineReport> {
  return config.adapter
    .inspect(config.source, signal)
    .catch((error) => Promise.reject(inConfig(error, config)));
}

/** An adapter names a setting by its key alone; here it stands in a file, below `source`. */
function inConfig(error: unknown, { file, lineOf }: LoadedConfig): unknown {
  if (!RetrievalError.is(error) || error.code !== 'invalid-config') return error;
  const key = /^([a-z]\w*(?:\.\w+)*) is /i.exec(error.problem)?.[1];
  const line = lineOf(['source', ...(key?.split('.') ?? [])]);
  return new RetrievalError({
    code: error.code,
    origin: line === undefined ? file : `${file}:${line}`,
    problem: `source${key === undefined ? ': ' : '.'}${error.problem}`,
    nextStep: `${suggestion(key, error)}${error.nextStep}`,
    cause: error,
  });
}

/** Where a key is not known, the adapter lists those that are. */
function suggestion(key: string | undefined, { problem, nextStep }: RetrievalError): string {
  if (key === undefined || !problem.endsWith('is not a setting.')) return '';
  const near = nearestName(key.split('.').at(-1)!, nextStep.match(/\w+/g) ?? []);
  return near === undefined ? '' : `Did you mean "${near}"? `;
}
