import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { startElastic } from '../../integration/services/elastic.ts';
import { cacheFolder } from '../cross-encoder/cache-folder.ts';
import type { ScaleServer, ServerOptions } from './server.ts';

const heap = '4g';

/** A node of Elasticsearch 9 whose data lie in a folder that can outlive it. */
export async function startElasticServer({ store, keep }: ServerOptions): Promise<ScaleServer> {
  const folder = join(cacheFolder, store);
  if (process.env['ELASTIC_URL']) throw new Error('This bench fills a node of its own: unset ELASTIC_URL.');
  await mkdir(folder, { recursive: true });
  process.env['ES_JAVA_OPTS'] ??= `-Xms${heap} -Xmx${heap}`;
  const node = await startElastic(['9'], { 'path.data': folder });
  if ('notRun' in node) throw new Error(node.notRun);
  const client = new Client({ node: node.url, requestTimeout: 600_000 });
  // Indices that an earlier run left are opened behind the node's back.
  await client.cluster.health({ wait_for_status: 'yellow', timeout: '300s' });

  return {
    name: `Elasticsearch ${node.version}`,
    url: node.url,
    async cpuSeconds() {
      const { nodes } = await client.nodes.stats({ metric: 'process' });
      const times = Object.values(nodes).map(({ process: of }) => Number(of?.cpu?.total_in_millis));
      return times.reduce((sum, time) => sum + time, 0) / 1000;
    },
    has: (table) => client.indices.exists({ index: table }),
    async drop(table) {
      await client.indices.delete({ index: table, ignore_unavailable: true });
    },
    async bytesOf(table) {
      const { _all: all } = await client.indices.stats({ index: table, metric: ['store', 'segments'] });
      return { total: Number(all.total?.store?.size_in_bytes), segments: Number(all.total?.segments?.count) };
    },
    async settle(table) {
      await client.indices.flush({ index: table });
      let quiet = 0;
      while (quiet < 3) {
        await sleep(1000);
        const { _all: all } = await client.indices.stats({ index: table, metric: 'merge' });
        quiet = Number(all.total?.merges?.current) === 0 ? quiet + 1 : 0;
      }
    },
    async stop() {
      await client.close();
      await node.stop();
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  };
}
