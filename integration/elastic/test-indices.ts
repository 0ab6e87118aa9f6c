import { randomUUID } from 'node:crypto';
import { Client as Client9 } from '@elastic/elasticsearch';
import {
  type ElasticIndexOptions,
  type ElasticSourceOptions,
  type ElasticWriterOptions,
  elasticSource,
  elasticWriter,
} from '@secondpass/adapter-elastic';
import type { CandidateSource, DocumentWriter, StoredDocument } from '@secondpass/core';
import { Client as Client8 } from 'elasticsearch-8';
import type { StartedElastic } from '../services/elastic.ts';

type SourceOptions = Pick<ElasticSourceOptions, 'match' | 'search' | 'oversample' | 'quantize'>;
type WriterOptions = Pick<ElasticWriterOptions, 'vectors' | 'quantize' | 'nativeFields' | 'retries'>;

/** What both are told, and what one of them is. */
interface Options extends Partial<ElasticIndexOptions> {
  readonly asked?: SourceOptions;
  readonly written?: WriterOptions;
}

/** A client of the server's version, and indices that are deleted at the end. */
export function openTestIndices({ url, version }: Pick<StartedElastic, 'url' | 'version'>) {
  const { origin, username, password } = new URL(url);
  const auth =
    username === ''
      ? {}
      : { auth: { username: decodeURIComponent(username), password: decodeURIComponent(password) } };
  // A node that is down is told after one more try, not after seven seconds.
  const options = { node: origin, maxRetries: 1, ...auth };
  // The calls that tests make are the same in both.
  const client = (version.startsWith('8.')
    ? new Client8(options)
    : new Client9(options)) as unknown as Client9;
  const prefix = `test-${randomUUID()}`;
  const names = new Set<string>();

  const next = () => {
    const name = `${prefix}-${names.size + 1}`;
    names.add(name);
    return name;
  };
  const open = (
    index: string,
    { asked, written, ...both }: Options = {},
  ): { source: CandidateSource; writer: DocumentWriter } => ({
    source: elasticSource({ client, index, ...both, ...asked }),
    writer: elasticWriter({ client, index, ...both, ...written }),
  });
  return {
    client,
    next,
    open,
    /** Fills a new index to the end. */
    async filled(documents: readonly StoredDocument[], more: Options = {}) {
      const index = more.index ?? next();
      const opened = open(index, more);
      await opened.writer.prepare({ dimensions: documents[0]!.vector.length });
      for (let start = 0; start < documents.length; start += 2000)
        await opened.writer.write(documents.slice(start, start + 2000));
      await opened.writer.finish();
      return { index, ...opened };
    },
    /**
     * Deletes one index, or all that are left, and then closes the client.
     *
     * @throws Error for a name that was not made up here: it may be a user's
     */
    async drop(name?: string) {
      if (name !== undefined) {
        if (!names.has(name)) throw new Error(`${name} was not made up here, so it is not deleted.`);
        await client.indices.delete({ index: name });
        return;
      }
      for (const own of names) await client.indices.delete({ index: own, ignore_unavailable: true });
      await client.close();
    },
  };
}

export type TestIndices = ReturnType<typeof openTestIndices>;
