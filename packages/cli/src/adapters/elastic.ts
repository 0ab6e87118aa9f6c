import type { Adapter, OpenSource, SourceSettings } from './adapter.ts';
import { countDocuments } from './count-documents.ts';
import { searchRefusal } from './search-refusal.ts';
import { type ElasticConnection, withElastic } from './with-elastic.ts';

export const elasticAdapter: Adapter = {
  name: 'elastic',
  pathKeys: ['caFile'],
  searchesByText: ({ match }) => match === 'text',
  open,

  async inspect(settings, signal) {
    const opened = await open(settings);
    try {
      const version = await versionOf(settings as unknown as ElasticConnection, signal);
      const documents = await countDocuments(opened, signal);
      const refusal = documents === null ? undefined : await searchRefusal(opened, settings, signal);
      return { version, documents, refusal };
    } finally {
      await opened.close();
    }
  },
};

async function open(settings: SourceSettings): Promise<OpenSource> {
  const { elasticFromConfig } = await import('@secondpass/adapter-elastic');
  return elasticFromConfig(settings as unknown as Parameters<typeof elasticFromConfig>[0]);
}

/** @throws RetrievalError `source-unreachable` */
async function versionOf(connection: ElasticConnection, signal: AbortSignal): Promise<string> {
  return withElastic(
    connection,
    { origin: `elastic:${connection.index}`, signal },
    async (client, options) => {
      try {
        const { nodes } = (await client.transport.request(
          { method: 'GET', path: '/_nodes/_local', querystring: { filter_path: 'nodes.*.version' } },
          options,
        )) as { readonly nodes?: Readonly<Record<string, { readonly version?: string }>> };
        return `Elasticsearch ${Object.values(nodes ?? {})[0]?.version ?? 'of unknown version'}`;
      } catch (error) {
        // A user who may search is not always allowed to read node information.
        if ((error as { readonly statusCode?: unknown }).statusCode === 403)
          return 'Elasticsearch of unknown version';
        throw error;
      }
    },
  );
}
