import { having } from '../../foundation/check-options.ts';
import type { DocumentWriter } from '../seams/document-writer.ts';

/** The option `writer` of what fills an index. */
export const documentWriter = having<DocumentWriter>(
  'a writer, such as pgvectorWriter gives',
  'prepare',
  'storedDigests',
  'write',
  'finish',
  'count',
);
