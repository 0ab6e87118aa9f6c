import assert from 'node:assert/strict';
import { migrateDocuments } from '../retrieval/indexing/migrate-documents.ts';
import type { DocumentReader, ReadRequest } from '../retrieval/seams/document-reader.ts';
import type { StoredDocument } from '../retrieval/seams/document-writer.ts';
import type { Rule } from './contract.ts';
import { corpus, corpusDimensions } from './corpus.ts';
import { everyJsonType } from './every-json-type.ts';
import { assertRefused } from './failure-rules.ts';
import { inMemorySource } from './in-memory-source.ts';
import { type CandidateSourceContractOptions, openWith, stored } from './source-under-test.ts';

type ReaderSubject = Pick<CandidateSourceContractOptions, 'open' | 'reader'>;

/** Ids that sort differently by byte, by UTF-16 unit, by letter and by number. */
const oddIds = [
  '10',
  '9',
  'a',
  'B',
  'b',
  'Z',
  'é',
  'z',
  '-',
  "'",
  '"; --',
  '%',
  '🌙',
  '\uFFFD',
  'ß',
  'null',
  'a b',
];

const documents: readonly StoredDocument[] = [
  ...corpus.map(stored),
  ...oddIds.map((id, index) => {
    const { text, vector } = corpus[index % corpus.length]!;
    return stored({ id, text: `${text} ${id}`, vector, payload: { ...everyJsonType, index } });
  }),
];

/** Written documents come back once and unchanged. */
export const readerRules: readonly Rule<ReaderSubject>[] = [
  {
    name: 'reads every document once, as it was stored, in batches of any size',
    async check(subject) {
      const reader = await openedReader(subject, documents);
      for (const batchSize of [1, 7, documents.length, 1000, undefined]) {
        const read: StoredDocument[] = [];
        for await (const batch of reader.read(batchSize === undefined ? {} : { batchSize })) {
          assert.ok(batch.length > 0 && batch.length <= (batchSize ?? 500), `A batch has ${batch.length}.`);
          read.push(...batch);
        }
        assertSame(read, documents, subject.reader?.tolerance);
      }
    },
  },
  {
    name: 'the reader counts documents and tells the length of vectors',
    async check(subject) {
      const reader = await openedReader(subject, documents);
      assert.equal(await reader.count(), documents.length);
      assert.equal(await reader.dimensions(), corpusDimensions);
    },
  },
  {
    name: 'an empty filling is read as nothing',
    async check({ open }) {
      const { reader, writer } = await open();
      await writer.prepare({ dimensions: corpusDimensions });
      await writer.finish();
      assert.deepEqual(await collect(given(reader)), []);
      assert.equal(await reader?.count(), 0);
    },
  },
  {
    name: 'what is read moves to another engine, and only once',
    async check(subject) {
      const reader = await openedReader(subject, documents);
      const target = inMemorySource();
      const request = { reader, writer: target.writer, batchSize: 5 };
      const total = documents.length;
      assert.deepEqual(await migrateDocuments(request), { done: total, written: total, unchanged: 0 });
      assert.deepEqual(await migrateDocuments(request), { done: total, written: 0, unchanged: total });
      assertSame(await collect(target.reader), documents, subject.reader?.tolerance);
    },
  },
  {
    name: 'a reader that is left half-way holds nothing up',
    async check(subject) {
      const reader = await openedReader(subject, documents);
      for (let round = 0; round < 20; round += 1) {
        for await (const _ of reader.read({ batchSize: 2 })) break;
      }
      assert.equal((await collect(reader)).length, documents.length);
    },
  },
  {
    name: 'an aborted reader rejects with the reason',
    async check(subject) {
      const reader = await openedReader(subject, documents);
      const reason = new Error('Enough read.');
      const aborted = collect(reader, { signal: AbortSignal.abort(reason) });
      await assert.rejects(aborted, (error) => error === reason);
      const controller = new AbortController();
      const midway = async () => {
        for await (const _ of reader.read({ batchSize: 2, signal: controller.signal }))
          controller.abort(reason);
      };
      await assert.rejects(midway, (error) => error === reason);
    },
  },
  {
    name: 'the reader refuses a batch size that is not an integer from 1, and a table that is not there',
    async check(subject) {
      const reader = await openedReader(subject, documents);
      for (const batchSize of [0, -1, 1.5, Number.NaN]) {
        await assertRefused(collect(reader, { batchSize }), 'invalid-options', reader.name);
      }
      const missing = given((await subject.open()).reader);
      await assertRefused(collect(missing), 'source-not-found', missing.name);
      await assertRefused(missing.count(), 'source-not-found', missing.name);
    },
  },
];

async function openedReader(
  subject: ReaderSubject,
  content: readonly StoredDocument[],
): Promise<DocumentReader> {
  return given((await openWith(subject, content)).reader);
}

function given(reader: DocumentReader | undefined): DocumentReader {
  assert.ok(reader, 'The option `reader` is given and `open` gave no reader.');
  return reader;
}

async function collect(reader: DocumentReader, request: ReadRequest = {}): Promise<StoredDocument[]> {
  const read: StoredDocument[] = [];
  for await (const batch of reader.read(request)) read.push(...batch);
  return read;
}

function assertSame(
  read: readonly StoredDocument[],
  written: readonly StoredDocument[],
  tolerance = 1e-6,
): void {
  const byId = new Map(read.map((document) => [document.id, document]));
  assert.equal(byId.size, read.length, 'A document was read twice.');
  assert.deepEqual([...byId.keys()].sort(), written.map(({ id }) => id).sort());
  for (const { vector, ...document } of written) {
    const { vector: found, ...rest } = byId.get(document.id)!;
    assert.deepEqual(rest, document);
    assert.equal(found.length, vector.length);
    const away = Math.max(...vector.map((value, index) => Math.abs(value - found[index]!)));
    assert.ok(away <= tolerance, `The vector of ${document.id} is off by ${away}.`);
  }
}
