import type { CandidateSource } from '../retrieval/seams/candidate-source.ts';
import type { DocumentReader } from '../retrieval/seams/document-reader.ts';
import type { DocumentWriter, StoredDocument } from '../retrieval/seams/document-writer.ts';
import type { Filter } from '../retrieval/seams/filter.ts';
import type { Exemption } from './contract.ts';

/** What `open` of a contract gives. */
export interface SourceUnderTest {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
  /** Present if the option `reader` is set. */
  readonly reader?: DocumentReader;
}

/** How a rule wants its source; only settings that the contract's options declare are requested. */
export interface OpenOptions {
  /** Payload field that makes source and writer multi-tenant. Requested with the option `tenants`. */
  readonly tenantField?: string;
  /** How long the engine may take for one search, in milliseconds. Requested with the option `slow`. */
  readonly timeoutMs?: number;
}

/** How the contract tries to see other tenants' passages. */
export interface TenantOptions {
  /** What `native` takes: attempts to let all tenants' passages through. At least one. */
  readonly wideningFilters: readonly unknown[];
}

/** How exactly a reader gives vectors back. */
export interface ReaderOptions {
  /** How far a number of a vector may be from the one that was stored. @default 1e-6 */
  readonly tolerance?: number;
}

/** How the contract keeps an engine busy. */
export interface SlowOptions {
  /** Lets everything through, and keeps the engine busy for at least 50 ms with each document. */
  readonly filter: Filter;
  /** How many searches under that filter the engine works on at this moment. */
  readonly working: () => Promise<number>;
}

/** How the contract fills a table or collection that was there before. */
export interface ExistingOptions {
  /**
   * Fills a table or collection of its own as users do, not by the adapter's writer: each field of the payload is
   * stored next to the text, and every passage has a second vector that no search reads. Opens a source over it that
   * gives all of these fields as the payload and asks an approximate index.
   */
  readonly open: (
    documents: readonly StoredDocument[],
    options: { readonly whenShort?: 'exact' | 'accept' },
  ) => Promise<CandidateSource>;
}

/** The adapter that {@link candidateSourceContract} checks. Times are in milliseconds. */
export interface CandidateSourceContractOptions {
  /**
   * Opens source and writer over a table or collection of their own that does not exist yet, on a client that the
   * caller keeps. They compare by cosine and search exactly.
   */
  readonly open: (options?: OpenOptions) => Promise<SourceUnderTest>;
  /** A source whose engine does not answer. */
  readonly unreachable: () => Promise<CandidateSource>;
  /** Asks the engine something through the client that `open` used; rejects when that client has been closed. */
  readonly askClient: () => Promise<unknown>;
  /** Checks that tenants do not see each other's passages. Without it `tenantRules` are not registered. */
  readonly tenants?: TenantOptions;
  /** Checks what `open` gives as `reader`. Without it `readerRules` are not registered. */
  readonly reader?: ReaderOptions;
  /** Checks a table or collection that was there before. Without it `existingDataRules` are not registered. */
  readonly existing?: ExistingOptions;
  /** Checks that aborting and timeouts end the engine's work. Without it `interruptionRules` are not registered. */
  readonly slow?: SlowOptions;
  /** Checks passages by id, with tenants. Without it `fetchRules` are not registered. */
  readonly fetch?: true;
  /** Rules that the adapter cannot keep. @default none */
  readonly exempt?: readonly Exemption[];
}

/** What the rules get: the options, and one source that is loaded with the corpus and that they may only read. */
export interface CandidateSourceSubject extends CandidateSourceContractOptions {
  readonly loaded: () => Promise<CandidateSource>;
}

/** Opens a new source and fills it to the end. */
export async function openWith(
  { open }: Pick<CandidateSourceContractOptions, 'open'>,
  documents: readonly StoredDocument[],
  options?: OpenOptions,
): Promise<SourceUnderTest> {
  const opened = await open(options);
  await opened.writer.prepare({ dimensions: documents[0]!.vector.length });
  await opened.writer.write(documents);
  await opened.writer.finish();
  return opened;
}

/** Adds a digest to a document; the writer stores it and does not interpret it. */
export function stored(document: Omit<StoredDocument, 'digest'>): StoredDocument {
  return { ...document, digest: `digest of ${document.id}` };
}
