/**
 * Fills a table of an embedded database and tells its progress, for a test that kills it on the way. With `and-hold` the
 * database stays open until standard input ends.
 */
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { indexDocuments } from '@secondpass/core';
import { embedder, numberedDocuments } from './numbered-documents.ts';

const [directory, hold] = process.argv.slice(2);
const { writer, close } = await pgvectorFromConfig({ directory: directory!, table: 'documents' });
await indexDocuments({
  documents: numberedDocuments,
  embedder,
  writer,
  batchSize: 20,
  onProgress: ({ done }) => process.stdout.write(`${done}\n`),
});
if (hold !== undefined) for await (const _ of process.stdin);
await close();
