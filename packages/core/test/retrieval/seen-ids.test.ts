import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SeenIds } from '../../src/retrieval/indexing/seen-ids.ts';

test('it answers as a set of strings does, for any ids in any order', () => {
  const ids = fc.array(fc.string({ unit: 'binary', maxLength: 4 }), { maxLength: 60 });
  fc.assert(
    fc.property(ids, (list) => {
      const seen = new SeenIds();
      const known = [...list, ...list].map((id) => !seen.add(id));
      expect(known).toEqual([...list, ...list].map((id, index, all) => all.indexOf(id) < index));
    }),
  );
});

test('lone surrogates, which UTF-8 cannot tell apart, are ids of their own', () => {
  const seen = new SeenIds();
  expect(seen.add('a\ud800')).toBe(true);
  expect(seen.add('a\udbff')).toBe(true);
  expect(seen.add('a\ufffd')).toBe(true);
  expect(seen.add('a\ud800')).toBe(false);
});

test('it grows: 20,000 ids are new once and known afterwards', () => {
  const seen = new SeenIds();
  const ids = Array.from({ length: 20_000 }, (_, index) => `passage-${index}`);
  expect(ids.filter((id) => !seen.add(id))).toEqual([]);
  expect(ids.filter((id) => seen.add(id))).toEqual([]);
});
