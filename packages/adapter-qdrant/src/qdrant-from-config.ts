import {
  type CandidateSource,
  type Closable,
  type DocumentReader,
  type DocumentWriter,
  type Payload,
  RetrievalError,
} from '@secondpass/core';
import { closable, knownOptions, owning } from '@secondpass/core/extend';
import { fusedSource } from '@secondpass/core/sources';
import { checkQdrantConfig, optionShapes } from './check-qdrant-options.ts';
import type { QdrantClientLike } from './qdrant-client.ts';
import type { QdrantConfig } from './qdrant-config.ts';
import { qdrantReader } from './qdrant-reader.ts';
import { qdrantSource } from './qdrant-source.ts';
import { qdrantWriter } from './qdrant-writer.ts';

/** What {@link qdrantFromConfig} opened. */
export interface OpenedQdrant<P extends object = Payload> extends Closable {
  readonly source: CandidateSource<P>;
  readonly writer: DocumentWriter;
  readonly reader: DocumentReader;
  /** Closes the three. The client needs no closing: idle connections end by themselves. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens Qdrant by URL. The client library is loaded only here, and connects at the first request.
 *
 * @typeParam P the payload's fields, which are returned as they are in the database
 * @throws RetrievalError `invalid-config` or `missing-dependency`
 *
 * @example
 * import { qdrantFromConfig } from '@secondpass/adapter-qdrant';
 * const url = process.env['QDRANT_URL'] ?? 'http://localhost:6333';
 * await using opened = await qdrantFromConfig({ url, collection: 'notes' });
 * await opened.writer.prepare({ dimensions: 2 });
 * await opened.writer.finish();
 * await opened.writer.count(); // → 0
 */
export async function qdrantFromConfig<P extends object = Payload>(
  config: QdrantConfig,
): Promise<OpenedQdrant<P>> {
  checkQdrantConfig(config);
  const { url, apiKey, headers, maxConnections, ...options } = config;
  const name = options.name ?? `qdrant:${options.collection}`;
  const client = await openClient({ url, apiKey, headers, maxConnections }, name);
  const { source, writer, reader } = openCollection(options, client);
  return closable({
    source: source as CandidateSource<P>,
    writer,
    reader,
    async close() {
      await Promise.all([source.close?.(), writer.close?.(), reader.close?.()]);
    },
  });
}

type CollectionConfig = Omit<QdrantConfig, 'url' | 'apiKey' | 'headers' | 'maxConnections'>;

function openCollection(
  options: CollectionConfig,
  client: QdrantClientLike,
): Omit<OpenedQdrant, keyof Closable> {
  // A configuration that searches by text also fills the collection for it.
  const lexical = options.lexical ?? (options.match ?? 'vector') !== 'vector';
  return {
    source: openSource(options, client),
    writer: qdrantWriter({ ...knownOptions(optionShapes.writer, options), client, lexical }),
    reader: qdrantReader({ ...knownOptions(optionShapes.reader, options), client }),
  };
}

function openSource(options: CollectionConfig, client: QdrantClientLike): CandidateSource {
  const { match = 'vector', fusion, name = `qdrant:${options.collection}` } = options;
  const { match: _, ...collection } = { ...knownOptions(optionShapes.source, options), client };
  if (match !== 'hybrid') return qdrantSource({ ...collection, match });
  const sources = [
    qdrantSource({ ...collection, match: 'vector', name: `${name}:vector` }),
    qdrantSource({ ...collection, match: 'text', name: `${name}:text` }),
  ];
  return owning(fusedSource({ sources, name, ...(fusion && { fusion }) }), sources);
}

interface ClientConfig {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly maxConnections: number | undefined;
}

async function openClient(config: ClientConfig, origin: string): Promise<QdrantClientLike> {
  const { QdrantClient } = await load(origin);
  const { protocol, hostname, port, pathname } = new URL(config.url);
  const prefix = pathname.replace(/\/+$/, '');
  // URL drops the protocol's default port; only the text shows that it was given.
  const named = /^https?:\/\/[^/]*:(\d+)(?:\/|$)/.exec(config.url)?.[1];
  return new QdrantClient({
    host: hostname,
    https: protocol === 'https:',
    port: Number(port || named || 6333),
    ...(prefix !== '' && { prefix }),
    headers: headersOf(config),
    ...(config.maxConnections !== undefined && { maxConnections: config.maxConnections }),
    // Our timeout ends each request after requestTimeoutMs; the client's own timeout would replace our signal.
    timeout: Number.POSITIVE_INFINITY,
    // The check would send a request at once, and write to the console.
    checkCompatibility: false,
  });
}

function headersOf({ headers, apiKey }: ClientConfig): Readonly<Record<string, string>> {
  // fetch would request gzip. Qdrant then answers in chunks, and Nagle's algorithm delays the last chunk until the
  // one before is acknowledged: by 40 ms, for more than half of the searches.
  const all = new Headers({ 'accept-encoding': 'identity' });
  for (const [key, value] of Object.entries(headers ?? {})) all.set(key, value);
  // As a header, because the client prints a warning for a key without TLS.
  if (apiKey !== undefined) all.set('api-key', apiKey);
  return Object.fromEntries(all);
}

async function load(origin: string) {
  try {
    return await import('@qdrant/js-client-rest');
  } catch (cause) {
    throw new RetrievalError({
      code: 'missing-dependency',
      origin,
      problem: '@qdrant/js-client-rest cannot be loaded.',
      nextStep: 'Run: npm install @qdrant/js-client-rest',
      cause,
    });
  }
}
