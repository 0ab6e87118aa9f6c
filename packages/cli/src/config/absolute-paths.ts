import { resolve } from 'node:path';
import type { Adapter, SourceSettings } from '../adapters/adapter.ts';
import { adapterNamed } from '../adapters.ts';

/** Resolves the paths in a source's settings from the configuration's folder, also in federated sources. */
export function withAbsolutePaths(
  settings: SourceSettings,
  adapter: Adapter,
  folder: string,
): SourceSettings {
  const absolute = adapter.pathKeys.flatMap((key) => {
    const path = settings[key];
    return typeof path === 'string' && path !== '' ? [[key, resolve(folder, path)] as const] : [];
  });
  const { sources } = settings;
  return {
    ...settings,
    ...Object.fromEntries(absolute),
    ...(adapter.name === 'federated' && Array.isArray(sources) && { sources: sources.map(ofMember) }),
  };

  function ofMember(member: unknown): unknown {
    // A value of the wrong shape stays; opening the source refuses it with its key.
    const { source } = (member ?? {}) as { readonly source?: SourceSettings };
    const inner = adapterNamed(source?.['adapter']);
    return inner && source
      ? { ...(member as object), source: withAbsolutePaths(source, inner, folder) }
      : member;
  }
}
