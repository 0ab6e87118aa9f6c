import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { clusteredVectors, dimensions } from '../engines/vectors.ts';

type Place = { readonly url: string } | { readonly directory: string };

/**
 * Fills a table with passages, and writes a configuration that searches it. Vectors are made up: a search takes the same time.
 *
 * @returns path of the configuration
 */
export async function fillPlace(
  place: Place,
  table: string,
  texts: readonly string[],
  folder: string,
): Promise<string> {
  const next = clusteredVectors(1);
  await using opened = await pgvectorFromConfig({ ...place, table });
  await opened.writer.prepare({ dimensions });
  for (let start = 0; start < texts.length; start += 500) {
    const batch = texts.slice(start, start + 500);
    await opened.writer.write(
      batch.map((text, index) => ({
        id: `${start + index}`,
        text,
        digest: `${start + index}`,
        vector: next(),
      })),
    );
  }
  await opened.writer.finish();
  const kind = 'url' in place ? 'server' : 'embedded';
  const file = join(folder, `${kind}.json`);
  const source = { adapter: 'pgvector', ...place, table };
  const config = { source, embedder: { model: 'bi-encoder' }, reranker: { model: 'small' } };
  writeFileSync(file, JSON.stringify(config));
  return file;
}
