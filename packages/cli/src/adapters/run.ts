import { checkOptions, text } from '@secondpass/core/extend';
import { z } from 'zod';
import type { Adapter, SourceSettings } from './adapter.ts';
import { type RunSource, readRunSource } from './run-source.ts';
import { searchOnly } from './search-only.ts';

const runSettings = z.strictObject({
  file: text,
  collection: text,
  name: text.optional(),
});

/** Stage 1 from files: a run in TREC's form, made by any engine, with the texts of its collection. */
export const runAdapter: Adapter = {
  name: 'run',
  pathKeys: ['file', 'collection'],
  searchesByText: () => true,

  async open(settings) {
    const source = await read(settings);
    const storage = searchOnly(source.name, {
      problem: 'A run is a file of rankings: it can be searched, but not filled or copied.',
      nextStep: 'Name a database in this configuration.',
    });
    return { source, ...storage, close: async () => undefined };
  },

  async inspect(settings) {
    const { queries, passages } = await read(settings);
    return {
      version: `a run of ${queries.toLocaleString('en')} ${queries === 1 ? 'query' : 'queries'}`,
      documents: passages,
    };
  },
};

function read(settings: SourceSettings): Promise<RunSource> {
  const context = { origin: 'run', code: 'invalid-config' } as const;
  return readRunSource(checkOptions(runSettings, settings, context));
}
