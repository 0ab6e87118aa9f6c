import { RetrievalError } from '@secondpass/core';
import { describeAsJson } from '@secondpass/core/extend';
import type { QdrantConnection } from './qdrant-call.ts';
import { isQdrantClient, type QdrantClientLike } from './qdrant-client.ts';

/** Which way two vectors are compared. */
export type QdrantMetric = 'cosine' | 'inner-product' | 'l2';

/** Which collection, through which client. */
export interface QdrantCollectionOptions {
  readonly client: QdrantClientLike;
  /** Name of a collection or alias: `articles`. Case matters. */
  readonly collection: string;
  /** The dense vector; `''` is the one without a name. @default '' */
  readonly vectorName?: string;
  /** The sparse vector that a search by text asks. @default 'text' */
  readonly sparseVectorName?: string;
  /** Field of the point's payload that holds the passage. @default 'text' */
  readonly textField?: string;
  /**
   * Field of the point's payload that holds the document's own payload, as an object; `null` where its fields stand
   * next to the text at the top level, as other tools write them. @default 'payload'
   */
  readonly payloadField?: string | null;
  /** Makes it multi-tenant: every search must name a tenant, and sees only points whose payload has it in this field. */
  readonly tenantField?: string;
  /** Time that one request may take, in milliseconds. @default 10_000 */
  readonly requestTimeoutMs?: number;
  /** Names source and writer in answers and errors. @default 'qdrant:' and the collection */
  readonly name?: string;
}

/** How a collection is searched. */
export interface QdrantSourceOptions extends QdrantCollectionOptions {
  /** `vector` asks the dense vector; `text` asks the sparse one with the terms of the query. @default 'vector' */
  readonly match?: 'vector' | 'text';
  /** Candidates that HNSW keeps while it searches (`hnsw_ef`), from 1 to 10,000. @default Qdrant's own */
  readonly efSearch?: number;
  /** Compares with every point instead of asking the HNSW index. @default false */
  readonly exact?: boolean;
  /**
   * What to do when the HNSW index finds fewer points than `depth`: `exact` makes the same search once more without it;
   * `accept` answers with what was found, and tells `onDegraded`.
   * @default 'exact' for a collection that `qdrantWriter` filled, which its metadata tells; 'accept' for any other
   */
  readonly whenShort?: 'exact' | 'accept';
  /** What to do where the collection is quantized. @default Qdrant's own */
  readonly quantization?: {
    /** Whether the best are compared again by their original vectors. */
    readonly rescore?: boolean;
    /** How many times more of them are compared again than are wanted, from 1 to 100. */
    readonly oversampling?: number;
  };
}

/** What {@link qdrantWriter} creates. */
export interface QdrantWriterOptions extends QdrantCollectionOptions {
  /** @default 'cosine' */
  readonly metric?: QdrantMetric;
  /** The HNSW index of a new collection; `false` for none. @default Qdrant's own: m 16, efConstruction 100 */
  readonly index?:
    | false
    | {
        /** Links per point, from 2 to 100. */
        readonly m?: number;
        /** Candidates kept while building, from 4 to 10,000. */
        readonly efConstruction?: number;
      };
  /** Keeps a smaller copy of each vector to search by: `int8` a quarter of it, `binary` a 32nd. @default none */
  readonly quantize?: 'int8' | 'binary';
  /** Stores a sparse vector with each passage, for `match: 'text'`. @default false */
  readonly lexical?:
    | boolean
    | {
        /** @default 1.2 */
        readonly k1?: number;
        /** @default 0.75 */
        readonly b?: number;
        /** Length of an average passage, in terms. It only sets the scale by which long ones are marked down. @default 256 */
        readonly averageLength?: number;
      };
  /** Payload fields that filters ask often, and what they hold. Filters mean the same without; they are slower. */
  readonly payloadIndexes?: Readonly<Record<string, 'string' | 'number' | 'boolean'>>;
  /**
   * Stores what `gt`, `gte`, `lt` and `lte` need to compare strings, dates among them: about 20 bytes for each six
   * bytes of a string, up to 60. Without it such filters are refused. @default true
   */
  readonly stringOrder?: boolean;
  /** Time that `finish` waits for Qdrant to build its index, in milliseconds. @default 600_000 */
  readonly finishTimeoutMs?: number;
}

/** The options that source and writer share, checked and filled in. */
export interface QdrantCollection extends QdrantConnection {
  readonly collection: string;
  readonly vectorName: string;
  readonly sparseVectorName: string;
  readonly textField: string;
  readonly payloadField: string | null;
  readonly tenantField: string | undefined;
}

/** Field of the point's payload that the writer keeps for itself. */
export const reservedField = 'secondpass';

/** @throws RetrievalError `invalid-options`, naming the key, its value and what was expected */
export function resolveCollection(options: QdrantCollectionOptions): QdrantCollection {
  const given = (options ?? {}) as QdrantCollectionOptions;
  const { client, collection, tenantField } = given;
  const { vectorName = '', sparseVectorName = 'text', textField = 'text', requestTimeoutMs = 10_000 } = given;
  const payloadField = given.payloadField === undefined ? 'payload' : given.payloadField;
  if (typeof collection !== 'string')
    refuseOption('qdrant', 'collection', collection, 'a name such as "articles"');
  const { name = `qdrant:${collection}` } = given;
  if (typeof name !== 'string' || name === '')
    refuseOption('qdrant', 'name', name, 'a string that is not empty');
  if (!isQdrantClient(client)) {
    refuseOption(name, 'client', typeof client, 'a QdrantClient of @qdrant/js-client-rest');
  }
  // Qdrant's own rule (characters that no file name may have), and no dots alone, which a URL would resolve.
  if (
    !/^[^<>:"/\\|?*\p{Cc}]+$/u.test(collection) ||
    Buffer.byteLength(collection) > 255 ||
    /^\.{1,2}$/.test(collection) ||
    !collection.isWellFormed()
  ) {
    refuseOption(
      name,
      'collection',
      collection,
      'a name of 1 to 255 bytes of UTF-8 without < > : " / \\ | ? *',
    );
  }
  if (!isVectorName(vectorName))
    refuseOption(
      name,
      'vectorName',
      vectorName,
      `a string of at most ${longestVectorName} bytes without control characters`,
    );
  if (!isVectorName(sparseVectorName) || sparseVectorName === '' || sparseVectorName === vectorName) {
    refuseOption(name, 'sparseVectorName', sparseVectorName, 'a non-empty name other than vectorName');
  }
  if (!isTopLevelField(textField)) refuseOption(name, 'textField', textField, topLevelField);
  if (payloadField !== null && (!isTopLevelField(payloadField) || payloadField === textField)) {
    refuseOption(name, 'payloadField', payloadField, `null, or ${topLevelField} and not textField`);
  }
  if (tenantField !== undefined && !isFieldPath(tenantField)) {
    refuseOption(name, 'tenantField', tenantField, 'a payload field such as "tenant" or "owner.id"');
  }
  checkInteger(name, 'requestTimeoutMs', requestTimeoutMs, 1, 2_147_483_647);
  return {
    client,
    name,
    collection,
    vectorName,
    sparseVectorName,
    textField,
    payloadField,
    tenantField,
    requestTimeoutMs,
  };
}

const topLevelField = `a payload field without " and \\, other than "${reservedField}"`;

/** Bytes: Qdrant keeps a vector in a folder `vector_storage-` and its name, and a folder's name has 255 at most. */
const longestVectorName = 240;

function isVectorName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name.isWellFormed() &&
    !/\p{Cc}/u.test(name) &&
    Buffer.byteLength(name) <= longestVectorName
  );
}

function isTopLevelField(field: unknown): field is string {
  return (
    typeof field === 'string' && /^[^"\\\0]+$/.test(field) && field.isWellFormed() && field !== reservedField
  );
}

export function isFieldPath(field: unknown): field is string {
  return (
    typeof field === 'string' &&
    field.isWellFormed() &&
    !/["\\\0]/.test(field) &&
    !field.split('.').includes('')
  );
}

/** @throws RetrievalError `invalid-options` unless the value is absent or an integer within the bounds */
export function checkInteger(origin: string, key: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most))
    return;
  refuseOption(origin, key, value, `an integer from ${least} to ${most.toLocaleString('en')}`);
}

/** @throws RetrievalError `invalid-options` unless the value is absent or a number within the bounds */
export function checkNumber(origin: string, key: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return;
  refuseOption(origin, key, value, `a number from ${least} to ${most.toLocaleString('en')}`);
}

export function refuseOption(origin: string, key: string, value: unknown, expected: string): never {
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${key} is ${describeAsJson(value)}.`,
    nextStep: `Use ${expected}.`,
  });
}
