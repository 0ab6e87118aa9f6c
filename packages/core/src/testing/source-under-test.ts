import type { CandidateSource } from '../candidate-source.ts';
import type { DocumentWriter, StoredDocument } from '../document-writer.ts';
import type { Exemption } from './contract.ts';

export interface SourceUnderTest {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
}

export interface CandidateSourceContractOptions {
  /**
   * Opens source and writer over a table or collection of their own that does not exist yet, on a client that the
   * caller keeps. They compare by cosine and search exactly.
   */
  readonly open: () => Promise<SourceUnderTest>;
  /** A source whose engine does not answer. */
  readonly unreachable: () => Promise<CandidateSource>;
  /** Asks the engine something through the client that `open` used; rejects when that client has been closed. */
  readonly askClient: () => Promise<unknown>;
  readonly exempt?: readonly Exemption[];
}

/** What the rules see: the options, and one source that is loaded with the corpus and that they may only read. */
export interface CandidateSourceSubject extends CandidateSourceContractOptions {
  readonly loaded: () => Promise<CandidateSource>;
}

/** Opens a new source and fills it to the end. */
export async function openWith(
  { open }: Pick<CandidateSourceContractOptions, 'open'>,
  documents: readonly StoredDocument[],
): Promise<SourceUnderTest> {
  const opened = await open();
  await opened.writer.prepare({ dimensions: documents[0]!.vector.length });
  await opened.writer.write(documents);
  await opened.writer.finish();
  return opened;
}

/** Gives a document a digest, which the writer stores and does not interpret. */
export function stored(document: Omit<StoredDocument, 'digest'>): StoredDocument {
  return { ...document, digest: `digest of ${document.id}` };
}
