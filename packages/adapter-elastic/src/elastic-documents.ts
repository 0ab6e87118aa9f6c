import { createHash } from 'node:crypto';
import { RetrievalError, type StoredDocument } from '@secondpass/core';
import { checkOwner, float32Digits, parseJson, stringifyJson } from '@secondpass/core/extend';
import type { IndexMarker } from './elastic-mapping.ts';
import { similarities } from './elastic-mapping.ts';
import { vectorProblem } from './elastic-request.ts';
import { payloadTokens } from './elastic-tokens.ts';
import type { ElasticIndex } from './resolve-index.ts';
import { checkDimensions } from './searchable-index.ts';

/** Elasticsearch takes no `_id` above 512 bytes. */
export const longestId = 512;

/**
 * A document as the index keeps it, as JSON. The payload stays JSON text inside it: so its field names come back
 * unchanged and have no effect on Elasticsearch or its client.
 *
 * @throws RetrievalError `invalid-document`, naming the id, or `dimension-mismatch`
 */
export function documentJson(
  document: StoredDocument,
  index: ElasticIndex,
  marker: IndexMarker,
  nativeFields: readonly string[],
): string {
  const { id, text, vector, digest } = document;
  checkDimensions(vector.length, marker.dimensions, index);
  const problem = vectorProblem(vector, similarities[marker.metric]);
  if (problem !== undefined) {
    throw new RetrievalError({
      code: 'invalid-document',
      origin: index.name,
      problem: `The document ${JSON.stringify(id).slice(0, 100)} has a vector that ${problem}.`,
      nextStep: 'Embed it again.',
    });
  }
  checkOwner(document, { name: index.name, tenantField: marker.tenantField ?? undefined });
  const json = document.payload && stringifyJson(document.payload);
  const payload = json === undefined ? undefined : (parseJson(json) as Record<string, unknown>);
  const native = nativeFields.filter((field) => payload !== undefined && Object.hasOwn(payload, field));
  return stringifyJson({
    [index.fields.text]: text,
    ...(json !== undefined && { [index.fields.payload!]: json }),
    ...(native.length > 0 && { native: Object.fromEntries(native.map((field) => [field, payload![field]])) }),
    secondpass: { digest, filling: marker.filling, bucket: bucketOf(id), filter: payloadTokens(payload) },
    [index.fields.vector]: float32Digits(vector),
  });
}

function bucketOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt16BE(0);
}
