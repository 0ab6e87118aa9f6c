import { resolve } from 'node:path';
import type { Adapter, SourceSettings } from '../adapters/adapter.ts';
import { adapterNamed } from '../adapters.ts';

/** The settings of a source with its paths taken from the configuration's folder, and so in the sources that it joins. */
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
    // What is not of the right shape here is refused with its key when the source opens.
    const { source } = (member ?? {}) as { readonly source?: SourceSettings };
    const inner = adapterNamed(source?.['adapter']);
    return inner && source
      ? { ...(member as object), source: withAbsolutePaths(source, inner, folder) }
      : member;
  }
}
