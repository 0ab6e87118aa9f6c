import type { CandidateSource, DocumentReader, DocumentWriter } from '@secondpass/core';

/** The contract's vectors have 4 numbers, and Elasticsearch takes bits of 64 dimensions or more. */
const times = 16;

interface Opened {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
  readonly reader: DocumentReader;
}

/** The same source with longer vectors behind it: each number is stored 16 times, which changes no cosine. */
export function widened({ source, writer, reader }: Opened): Opened {
  return {
    source: {
      ...source,
      get similarity() {
        return source.similarity;
      },
      search: (request) => {
        const { vector } = request?.query ?? {};
        return source.search(
          vector ? { ...request, query: { ...request.query, vector: wide(vector) } } : request,
        );
      },
    },
    writer: {
      ...writer,
      prepare: (request) => writer.prepare({ ...request, dimensions: request.dimensions * times }),
      write: (documents, options) =>
        writer.write(
          documents.map((document) => ({ ...document, vector: wide(document.vector) })),
          options,
        ),
    },
    reader: {
      ...reader,
      dimensions: async (options) => (await reader.dimensions(options)) / times,
      async *read(request) {
        for await (const batch of reader.read(request))
          yield batch.map((document) => ({ ...document, vector: narrow(document.vector) }));
      },
    },
  };
}

function wide(vector: Float32Array): Float32Array {
  if (!(vector instanceof Float32Array)) return vector;
  return Float32Array.from({ length: vector.length * times }, (_, at) => vector[Math.floor(at / times)]!);
}

function narrow(vector: Float32Array): Float32Array {
  return Float32Array.from({ length: vector.length / times }, (_, at) => vector[at * times]!);
}
