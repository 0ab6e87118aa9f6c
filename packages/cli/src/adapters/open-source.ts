import type { LoadedConfig } from '../config/config-file.ts';
import { inSourceBlock } from '../config/in-source-block.ts';
import type { EngineReport, OpenSource } from './adapter.ts';

/** Opens the source of a configuration. */
export function openSource(config: LoadedConfig): Promise<OpenSource> {
  return config.adapter.open(config.source).catch((error) => Promise.reject(inSourceBlock(error, config)));
}

/** Inspects the engine of a configuration's source. */
export function inspectSource(config: LoadedConfig, signal: AbortSignal): Promise<EngineReport> {
  return config.adapter
    .inspect(config.source, signal)
    .catch((error) => Promise.reject(inSourceBlock(error, config)));
}
