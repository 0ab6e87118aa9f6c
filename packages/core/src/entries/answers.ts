import '../foundation/check-node-version.ts';

export type { AnswerSentence } from '../retrieval/context/answer-sentences.ts';
export { buildContext } from '../retrieval/context/build-context.ts';
export {
  type CheckCitationsOptions,
  type CitationReport,
  checkCitations,
  type UnsupportedSentence,
} from '../retrieval/context/check-citations.ts';
export type { Citation, Context, LeftOut, TextSpan } from '../retrieval/context/context.ts';
export type {
  CitationStyle,
  ContextOptions,
  Diversity,
  PassageVectors,
} from '../retrieval/context/context-options.ts';
export {
  type DocumentsInMemoryRequest,
  documentsInMemory,
} from '../retrieval/context/documents-in-memory.ts';
export type { Expansion, FetchDocuments } from '../retrieval/context/expansion-options.ts';
