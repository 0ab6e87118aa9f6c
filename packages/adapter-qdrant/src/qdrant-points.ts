import { RetrievalError, type StoredDocument } from '@secondpass/core';
import { checkOwner, float32Digits, parseJson, stringifyJson } from '@secondpass/core/extend';
import { type Bm25Parameters, documentVector } from './bm25.ts';
import { pointId } from './point-id.ts';
import { storedKey } from './qdrant-filter.ts';
import { reservedField } from './qdrant-names.ts';
import type { QdrantMetric } from './qdrant-options.ts';
import { isZero, vectorProblem } from './qdrant-request.ts';
import type { NewPoint } from './qdrant-upsert.ts';
import type { QdrantCollection } from './resolve-collection.ts';
import { type StringOrder, stringOrder } from './string-order.ts';

export interface PointLayout {
  readonly collection: QdrantCollection & { readonly payloadField: string };
  readonly metric: QdrantMetric;
  readonly lexical: Bm25Parameters | null;
  readonly stringOrder: boolean;
}

/**
 * A document as a point. Its payload has three fields: the text, the document's own payload as filters read it, and
 * `secondpass` with id and digest, with the numbers that string comparisons need, and with the payload as JSON text
 * if Qdrant would not return it exactly.
 *
 * @throws RetrievalError `invalid-document`, naming the id
 */
export function pointOf(document: StoredDocument, layout: PointLayout): NewPoint {
  const { collection } = layout;
  const payload = payloadOf(document, layout);
  const order = layout.stringOrder && payload !== undefined ? stringOrders(payload) : {};
  const stored = payload && (storedForm(payload) as Readonly<Record<string, unknown>>);
  const json = payload && isFaithful(payload) ? undefined : payload && stringifyJson(payload);
  return {
    id: pointId(document.id),
    vector: vectorsOf(document, layout),
    payload: {
      [collection.textField]: document.text,
      ...(stored && { [collection.payloadField]: stored }),
      [reservedField]: {
        id: document.id,
        digest: document.digest,
        ...(Object.keys(order).length > 0 && { order }),
        ...(json !== undefined && { json }),
      },
    },
  };
}

function vectorsOf(document: StoredDocument, layout: PointLayout): unknown {
  const { collection, lexical } = layout;
  const dense = vectorOf(document, layout);
  if (collection.vectorName === '' && lexical === null) return dense;
  const sparse = lexical && { [collection.sparseVectorName]: documentVector(document.text, lexical) };
  return { [collection.vectorName]: dense, ...sparse };
}

function vectorOf(document: StoredDocument, { collection, metric }: PointLayout): readonly number[] {
  const { vector } = document;
  const problem =
    vectorProblem(vector) ??
    (metric === 'cosine' && isZero(vector) ? 'is all zeros and has no direction' : undefined);
  if (problem !== undefined)
    refuse(document, collection.name, `has a vector that ${problem}`, 'Embed it again.');
  return float32Digits(vector);
}

/** A lone surrogate, which JSON.stringify writes as an escape and UTF-8 cannot hold. */
const unstorable = /(?<!\\)(?:\\\\)*\\ud[89a-f]/i;

function payloadOf(
  document: StoredDocument,
  { collection }: PointLayout,
): Readonly<Record<string, unknown>> | undefined {
  const { name } = collection;
  let json: string | undefined;
  try {
    json = document.payload && stringifyJson(document.payload);
  } catch (cause) {
    refuse(document, name, 'has a payload that JSON cannot carry', 'Use JSON values only.', cause);
  }
  if (json !== undefined && unstorable.test(json)) {
    refuse(
      document,
      name,
      'has a payload with a lone surrogate',
      'Repair it, for example with toWellFormed().',
    );
  }
  checkOwner(document, collection);
  return json === undefined ? undefined : (parseJson(json) as Record<string, unknown>);
}

/** The numbers of every string that a portable filter can reach, under its field path. */
function stringOrders(
  payload: Readonly<Record<string, unknown>>,
): Readonly<Record<string, readonly StringOrder[]>> {
  const found = new Map<string, readonly StringOrder[]>();
  const visit = (value: unknown, path: readonly string[]) => {
    if (isRecord(value)) {
      // Filters read a dot as a step into an object, so no filter reaches a key with a dot.
      for (const [key, inner] of Object.entries(value)) if (!key.includes('.')) visit(inner, [...path, key]);
      return;
    }
    const strings = [value].flat().filter((element) => typeof element === 'string');
    if (strings.length > 0) found.set(storedKey(path.join('.')), strings.map(stringOrder));
  };
  visit(payload, []);
  return Object.fromEntries(found);
}

function storedForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storedForm);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storedKey(key), storedForm(inner)]));
}

/** Whether Qdrant returns the value unchanged: its JSON parser may lose the last of 16 or 17 digits. */
function isFaithful(value: unknown): boolean {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) || /^-?(?:\d\.?){1,15}$/.test(String(value));
  }
  if (Array.isArray(value)) return value.every(isFaithful);
  if (!isRecord(value)) return true;
  return Object.entries(value).every(([key, inner]) => storedKey(key) === key && isFaithful(inner));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(
  { id }: StoredDocument,
  origin: string,
  problem: string,
  nextStep: string,
  cause?: unknown,
): never {
  throw new RetrievalError({
    code: 'invalid-document',
    origin,
    problem: `The document ${JSON.stringify(id).slice(0, 100)} ${problem}.`,
    nextStep,
    cause,
  });
}
