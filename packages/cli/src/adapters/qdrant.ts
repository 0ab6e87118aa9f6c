import type { Adapter, OpenSource, SourceSettings } from './adapter.ts';
import { askQdrant } from './ask-qdrant.ts';
import { countDocuments } from './count-documents.ts';
import { searchRefusal } from './search-refusal.ts';

export const qdrantAdapter: Adapter = {
  name: 'qdrant',
  pathKeys: [],
  searchesByText: ({ match }) => match === 'text',
  open,

  async inspect(settings, signal) {
    const opened = await open(settings);
    try {
      const version = await versionOf(settings, signal);
      const documents = await countDocuments(opened, signal);
      const refusal = documents === null ? undefined : await searchRefusal(opened, settings, signal);
      return { version, documents, refusal };
    } finally {
      await opened.close();
    }
  },
};

async function open(settings: SourceSettings): Promise<OpenSource> {
  const { qdrantFromConfig } = await import('@secondpass/adapter-qdrant');
  return qdrantFromConfig(settings as unknown as Parameters<typeof qdrantFromConfig>[0]);
}

async function versionOf(settings: SourceSettings, signal: AbortSignal): Promise<string> {
  const { version } = (await askQdrant(settings, '', signal)) as { readonly version?: unknown };
  return `Qdrant ${typeof version === 'string' ? version : 'of unknown version'}`;
}
