import { expect, test } from '@jest/globals';
import { type Filter, parseFilter, type StoredDocument } from '@secondpass/core';
import { parseJson, stringifyJson } from '@secondpass/core/extend';
import { filterMatches } from '@secondpass/core/testing';
import fc from 'fast-check';
import { filterCondition } from '../src/qdrant-filter.ts';
import { pointOf } from '../src/qdrant-points.ts';
import { arbitraryFilter, arbitraryPayload } from './arbitrary-filters.ts';
import { collection } from './collection.ts';
import { conditionMatches } from './condition-matches.ts';

test('a compiled filter lets through what the language says, over what the writer stores', () => {
  let letThrough = 0;
  fc.assert(
    fc.property(arbitraryFilter, arbitraryPayload, (unchecked, made) => {
      const portable: Filter = parseFilter(unchecked, 'test');
      const document: StoredDocument = {
        id: 'x',
        text: 'x',
        vector: Float32Array.of(1),
        payload: made,
        digest: '',
      };
      const layout = { collection, metric: 'cosine', lexical: null, stringOrder: true } as const;
      const point = parseJson(stringifyJson(pointOf(document, layout))) as { payload: unknown };
      const target = { payloadField: 'payload', ours: true, stringOrder: true, name: 'test' };
      const compiled = parseJson(stringifyJson(filterCondition(portable, target))) as unknown;
      const plain = parseJson(stringifyJson(made)) as Record<string, unknown>;
      const expected = filterMatches(portable, plain);
      if (expected) letThrough += 1;
      expect(conditionMatches(compiled, point.payload)).toBe(expected);
    }),
    { numRuns: 5000 },
  );
  // As many of one kind as of the other would be best; it must not be nearly all of one.
  expect(letThrough).toBeGreaterThan(1000);
  expect(letThrough).toBeLessThan(4000);
});
