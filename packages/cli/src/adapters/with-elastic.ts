import { readFile } from 'node:fs/promises';
import type { Client } from '@elastic/elasticsearch';
import type { ElasticConfig } from '@secondpass/adapter-elastic';
import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import { patienceMs } from './count-documents.ts';
import { describeFailure } from './describe-failure.ts';

/** The settings of a connection: address and credentials. */
export type ElasticConnection = Pick<ElasticConfig, ConnectionKey> & Partial<Pick<ElasticConfig, 'index'>>;
type ConnectionKey = 'url' | 'apiKey' | 'username' | 'password' | 'headers' | 'caFile';

interface RequestOptions {
  readonly signal: AbortSignal;
  readonly requestTimeout: number;
  readonly maxRetries: 0;
}

/**
 * Opens a client, asks, and closes it.
 *
 * @throws RetrievalError `source-unreachable` if the server does not answer, or refuses
 */
export async function withElastic<T>(
  connection: ElasticConnection,
  { origin, signal }: { readonly origin: string; readonly signal: AbortSignal },
  work: (client: Client, options: RequestOptions) => Promise<T>,
): Promise<T> {
  const client = await connect(connection, origin);
  const timed = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    return await work(client, { signal: timed, requestTimeout: patienceMs, maxRetries: 0 });
  } catch (error) {
    throw new RetrievalError({
      code: 'source-unreachable',
      origin,
      problem: `Elasticsearch does not answer: ${describeFailure(error)}.`,
      nextStep: 'Check url and apiKey, that the server runs, and that this machine can reach it.',
      cause: foreignCause(error),
    });
  } finally {
    await client.close();
  }
}

async function connect(connection: ElasticConnection, origin: string): Promise<Client> {
  const { url, apiKey, username, password, headers, caFile } = connection;
  const { Client: ElasticClient } = await import('@elastic/elasticsearch').catch((cause) => {
    throw new RetrievalError({
      code: 'missing-dependency',
      origin,
      problem: '@elastic/elasticsearch cannot be loaded.',
      nextStep: 'Run: npm install @elastic/elasticsearch@9 (or @8, for a server of version 8)',
      cause,
    });
  });
  return new ElasticClient({
    nodes: typeof url === 'string' ? [url] : [...url],
    ...(apiKey !== undefined && { auth: { apiKey } }),
    ...(username !== undefined && password !== undefined && { auth: { username, password } }),
    ...(headers && { headers: { ...headers } }),
    ...(caFile !== undefined && { tls: { ca: await readFile(caFile, 'utf8') } }),
  });
}
