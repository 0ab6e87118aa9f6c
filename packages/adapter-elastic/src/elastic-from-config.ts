import { readFile } from 'node:fs/promises';
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
import { checkElasticConfig, optionShapes } from './check-elastic-options.ts';
import type { ElasticClient } from './elastic-client.ts';
import type { ElasticConfig } from './elastic-config.ts';
import { elasticReader } from './elastic-reader.ts';
import { elasticSource } from './elastic-source.ts';
import { elasticWriter } from './elastic-writer.ts';
import { keepIntegers } from './keep-integers.ts';

/** What {@link elasticFromConfig} opened. */
export interface OpenedElastic<P extends object = Payload> extends Closable {
  readonly source: CandidateSource<P>;
  readonly writer: DocumentWriter;
  readonly reader: DocumentReader;
  /** Closes the three and the client that they share. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens Elasticsearch by URL and owns the client. The client library is loaded only here; it connects at the first
 * search.
 *
 * @typeParam P the payload's fields, which are returned as they are in the database
 * @throws RetrievalError `invalid-config` or `missing-dependency`
 *
 * @example
 * import { elasticFromConfig } from '@secondpass/adapter-elastic';
 * const url = process.env['ELASTICSEARCH_URL'] ?? 'http://localhost:9200';
 * await using opened = await elasticFromConfig({ url, index: 'notes' });
 * await opened.writer.prepare({ dimensions: 2 });
 * await opened.writer.finish();
 * await opened.writer.count(); // → 0
 */
export async function elasticFromConfig<P extends object = Payload>(
  config: ElasticConfig,
): Promise<OpenedElastic<P>> {
  checkElasticConfig(config);
  const { url, apiKey, username, password, headers, caFile, ...options } = config;
  const name = options.name ?? `elastic:${options.index}`;
  const ca = caFile === undefined ? undefined : await readAuthority(caFile, name);
  const { Client } = await loadClient(name);
  const client = keepIntegers(
    new Client({
      nodes: typeof url === 'string' ? [url] : [...url],
      ...(apiKey !== undefined && { auth: { apiKey } }),
      ...(username !== undefined && password !== undefined && { auth: { username, password } }),
      // The client shows headers in its errors unless they are listed here.
      ...(headers && {
        headers: { ...headers },
        redaction: { type: 'replace', additionalKeys: Object.keys(headers) },
      }),
      ...(ca && { tls: { ca } }),
    }),
  );
  const source = openSource(options, client);
  const writer = elasticWriter({ ...knownOptions(optionShapes.writer, options), client });
  const reader = elasticReader({ ...knownOptions(optionShapes.reader, options), client });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= Promise.all([source.close?.(), writer.close?.(), reader.close?.()]).then(() =>
      client.close(),
    );
    return closing;
  };
  return closable({ source: source as CandidateSource<P>, writer, reader, close });
}

type IndexConfig = Omit<ElasticConfig, 'url' | 'apiKey' | 'username' | 'password' | 'headers' | 'caFile'>;

function openSource(options: IndexConfig, client: ElasticClient): CandidateSource {
  const { match = 'vector', fusion, name = `elastic:${options.index}` } = options;
  const { match: _, ...index } = { ...knownOptions(optionShapes.source, options), client };
  if (match !== 'hybrid') return elasticSource({ ...index, match });
  const sources = [
    elasticSource({ ...index, match: 'vector', name: `${name}:vector` }),
    elasticSource({ ...index, match: 'text', name: `${name}:text` }),
  ];
  return owning(fusedSource({ sources, name, ...(fusion && { fusion }) }), sources);
}

async function readAuthority(path: string, origin: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new RetrievalError({
      code: 'invalid-config',
      origin,
      problem: `caFile is ${JSON.stringify(path)}, which cannot be read.`,
      nextStep: 'Name a PEM file, such as the http_ca.crt that Elasticsearch writes.',
      path: ['caFile'],
      cause,
    });
  }
}

async function loadClient(origin: string) {
  try {
    return await import('@elastic/elasticsearch');
  } catch (cause) {
    throw new RetrievalError({
      code: 'missing-dependency',
      origin,
      problem: '@elastic/elasticsearch cannot be loaded.',
      nextStep: 'Run: npm install @elastic/elasticsearch@9 (or @8, for a server of version 8)',
      cause,
    });
  }
}
