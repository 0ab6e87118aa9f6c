import assert from 'node:assert/strict';
import { indexDocuments } from '../retrieval/indexing/index-documents.ts';
import type { Embedder } from '../retrieval/seams/embedder.ts';
import type { Rule } from './contract.ts';
import { corpus, corpusDimensions, queries } from './corpus.ts';
import { assertRefused } from './failure-rules.ts';
import { type CandidateSourceSubject, openWith, stored } from './source-under-test.ts';

const documents = corpus.map(stored);
const dimensions = corpusDimensions;

/** Filling, changing and emptying; a search never sees a half-finished change. */
export const writerRules: readonly Rule<CandidateSourceSubject>[] = [
  {
    name: 'a first filling is refused until it is finished',
    async check({ open }) {
      const { source, writer } = await open();
      await writer.prepare({ dimensions });
      await assertRefused(source.search({ query: queries[0], depth: 1 }), 'source-incomplete', source.name);
      await writer.write(documents.slice(0, 6));
      await assertRefused(source.search({ query: queries[0], depth: 1 }), 'source-incomplete', source.name);
      await writer.write(documents.slice(6));
      await writer.finish();
      assert.equal((await source.search({ query: queries[0], depth: 100 })).length, 12);
    },
  },
  {
    name: 'later changes keep the source searchable',
    async check(subject) {
      const { source, writer } = await openWith(subject, documents.slice(0, 6));
      await writer.prepare({ dimensions });
      await writer.write(documents.slice(6));
      await writer.finish();
      assert.equal((await source.search({ query: queries[0], depth: 100 })).length, 12);
    },
  },
  {
    name: 'an empty filling can be finished and searched',
    async check({ open }) {
      const { source, writer } = await open();
      await writer.prepare({ dimensions });
      await writer.write([]);
      await writer.finish();
      assert.deepEqual(await source.search({ query: queries[0], depth: 5 }), []);
      assert.equal(await writer.count(), 0);
    },
  },
  {
    name: 'prepare and finish can be repeated, also at the same time',
    async check({ open }) {
      const { source, writer } = await open();
      await Promise.all([writer.prepare({ dimensions }), writer.prepare({ dimensions })]);
      await writer.prepare({ dimensions });
      await writer.write(documents);
      await Promise.all([writer.finish(), writer.finish()]);
      await writer.finish();
      assert.equal((await source.search({ query: queries[0], depth: 100 })).length, 12);
    },
  },
  {
    name: 'prepare refuses vectors of another length',
    async check(subject) {
      const { writer } = await openWith(subject, documents);
      await assertRefused(writer.prepare({ dimensions: dimensions + 1 }), 'dimension-mismatch', writer.name);
      assert.equal(await writer.count(), 12);
    },
  },
  {
    name: 'the same id again replaces text, payload, vector and digest',
    async check(subject) {
      const { source, writer } = await openWith(subject, documents);
      const { id } = documents[0]!;
      const changed = {
        id,
        text: 'Changed.',
        vector: queries[1].vector,
        payload: { changed: true },
        digest: 'new',
      };
      await writer.write([changed]);
      await writer.write([changed]);
      await writer.finish();
      assert.equal(await writer.count(), 12);
      assert.deepEqual(await writer.storedDigests([id]), new Map([[id, 'new']]));
      const [best] = await source.search({ query: queries[1], depth: 1 });
      assert.deepEqual([best?.id, best?.text, best?.payload], [id, 'Changed.', { changed: true }]);
      await writer.write([{ id, text: 'Bare.', vector: queries[1].vector, digest: 'bare' }]);
      const [bare] = await source.search({ query: queries[1], depth: 1 });
      assert.deepEqual([bare?.text, bare?.payload], ['Bare.', undefined]);
    },
  },
  {
    name: 'a batch is stored whole or not at all',
    async check(subject) {
      const { writer } = await openWith(subject, documents.slice(0, 2));
      const bad = documents[5]!;
      const batches = [
        ['dimension-mismatch', { ...bad, vector: new Float32Array([1]) }],
        ['invalid-document', { ...bad, text: 'A NUL \0 inside' }],
        ['invalid-document', { ...bad, text: ' ' }],
        ['invalid-document', { ...bad, id: '' }],
        ['duplicate-id', { ...bad, id: documents[2]!.id }],
      ] as const;
      for (const [code, document] of batches) {
        await assertRefused(writer.write([documents[2]!, document, documents[3]!]), code, writer.name);
        assert.equal(await writer.count(), 2);
      }
    },
  },
  {
    name: 'an aborted write stores nothing, and can be repeated',
    async check(subject) {
      const { writer } = await openWith(subject, documents.slice(0, 1));
      const controller = new AbortController();
      const reason = new Error('Stop.');
      const write = writer.write(documents, { signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(write, (error) => error === reason);
      assert.equal(await writer.count(), 1);
      await writer.write(documents);
      assert.equal(await writer.count(), 12);
    },
  },
  {
    name: 'tells the digests that are stored, and only those',
    async check(subject) {
      const { writer } = await openWith(subject, documents);
      const digests = await writer.storedDigests(['sea-tide', 'not there', 'sky-moon']);
      assert.deepEqual([...digests].sort(), [
        ['sea-tide', 'digest of sea-tide'],
        ['sky-moon', 'digest of sky-moon'],
      ]);
      assert.equal((await writer.storedDigests([])).size, 0);
    },
  },
  {
    name: 'deletes by id and counts what went',
    async check(subject) {
      const { source, writer } = await openWith(subject, documents);
      assert.equal(await writer.delete(['sea-tide', 'not there']), 1);
      assert.equal(await writer.delete(['sea-tide']), 0);
      assert.equal(await writer.delete([]), 0);
      assert.equal(await writer.count(), 11);
      const candidates = await source.search({ query: queries[1], depth: 100 });
      assert.ok(!candidates.some(({ id }) => id === 'sea-tide'));
    },
  },
  {
    name: 'an interrupted indexing is resumed by running it again',
    async check({ open }) {
      const { source, writer } = await open();
      const plain = corpus.map(({ vector: _, ...document }) => document);
      const controller = new AbortController();
      const embedded: string[] = [];
      const embedder: Embedder = {
        name: 'by heart',
        dimensions,
        async embed({ texts }) {
          embedded.push(...texts);
          return texts.map((text) => corpus.find((document) => document.text === text)!.vector);
        },
      };
      const request = { documents: plain, embedder, writer, batchSize: 5 };
      const reason = new Error('Interrupted.');
      const onProgress = () => controller.abort(reason);
      const interrupted = indexDocuments({ ...request, onProgress, signal: controller.signal });
      await assert.rejects(interrupted, (error) => error === reason);
      await assertRefused(source.search({ query: queries[0], depth: 1 }), 'source-incomplete', source.name);
      assert.deepEqual(await indexDocuments(request), { done: 12, written: 7, unchanged: 5 });
      assert.equal(new Set(embedded).size, embedded.length, 'A stored document was embedded again.');
      assert.equal((await source.search({ query: queries[0], depth: 100 })).length, 12);
    },
  },
];
