import { RetrievalError } from '@secondpass/core';
import type { LoadedConfig } from '../config/config-file.ts';
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
  const { code, problem, nextStep, path = [] } = error;
  const line = lineOf(['source', ...path.map(String)]);
  return new RetrievalError({
    code,
    origin: line === undefined ? file : `${file}:${line}`,
    problem: `source${path.length === 0 ? ': ' : '.'}${problem}`,
    nextStep,
    path: ['source', ...path],
    cause: error,
  });
}
