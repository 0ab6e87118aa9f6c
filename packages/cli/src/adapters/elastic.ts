import { readFile } from 'node:fs/promises';
import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import type { Adapter, OpenSource, SourceSettings } from './adapter.ts';
import { countDocuments, patienceMs } from './count-documents.ts';
import { describeFailure } from './describe-failure.ts';
import { searchRefusal } from './search-refusal.ts';

export const elasticAdapter: Adapter = {
  name: 'elastic',
  pathKeys: ['caFile'],
  searchesByText: ({ match }) => match === 'text',
  open,

  async inspect(settings, signal) {
    const opened = await open(settings);
    try {
      const version = await versionOf(settings as unknown as Connection, signal);
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

/** The settings that say where and as whom; they are checked by now. */
interface Connection {
  readonly url: string | readonly string[];
  readonly apiKey?: string;
  readonly username?: string;
  readonly password?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly caFile?: string;
  readonly index?: string;
}

async function versionOf(connection: Connection, signal: AbortSignal): Promise<string> {
  const client = await connect(connection);
  const timed = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const { nodes } = (await client.transport.request(
      { method: 'GET', path: '/_nodes/_local', querystring: { filter_path: 'nodes.*.version' } },
      { signal: timed, requestTimeout: patienceMs, maxRetries: 0 },
    )) as { readonly nodes?: Readonly<Record<string, { readonly version?: string }>> };
    return `Elasticsearch ${Object.values(nodes ?? {})[0]?.version ?? 'of unknown version'}`;
  } catch (error) {
    // Who may search may not always look at nodes.
    if ((error as { readonly statusCode?: unknown }).statusCode === 403)
      return 'Elasticsearch of unknown version';
    throw new RetrievalError({
      code: 'source-unreachable',
      origin: `elastic:${connection.index}`,
      problem: `Elasticsearch does not answer: ${describeFailure(error)}.`,
      nextStep: 'Check url and apiKey, that the server runs, and that this machine may reach it.',
      cause: foreignCause(error),
    });
  } finally {
    await client.close();
  }
}

async function connect({ url, apiKey, username, password, headers, caFile }: Connection) {
  const { Client } = await import('@elastic/elasticsearch');
  return new Client({
    nodes: typeof url === 'string' ? [url] : [...url],
    ...(apiKey !== undefined && { auth: { apiKey } }),
    ...(username !== undefined && password !== undefined && { auth: { username, password } }),
    ...(headers && { headers: { ...headers } }),
    ...(caFile !== undefined && { tls: { ca: await readFile(caFile, 'utf8') } }),
  });
}
