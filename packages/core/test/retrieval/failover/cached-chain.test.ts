import { expect, test } from '@jest/globals';
import { cachedReranker, failoverReranker } from '../../../src/entries/rerankers.ts';
import type { Degradation } from '../../../src/index.ts';
import { ScoreCache } from '../../../src/retrieval/score-cache/score-cache.ts';
import { ScriptedReranker } from './scripted-reranker.ts';

test('a cache around a chain keeps no answer of a fallback, and mixes none with what it kept', async () => {
  const first = new ScriptedReranker('first', 1, [{ does: 'answer' }, { does: 'fail' }]);
  const second = new ScriptedReranker('second', 2, [{ does: 'answer' }]);
  const chain = failoverReranker({ rerankers: [{ reranker: first }, { reranker: second }] });
  const cache = new ScoreCache({ maxBytes: 2 ** 16 });
  const cached = cachedReranker(chain, { cache, fingerprint: 'mine' });
  const told: Degradation[] = [];
  const onDegraded = (degradation: Degradation) => void told.push(degradation);
  await cached.score({ query: 'q', passages: ['one', 'two'], onDegraded });
  expect(told).toEqual([]);
  const scores = await cached.score({ query: 'q', passages: ['one', 'three'], onDegraded });
  expect(scores.every(({ rawScore }) => rawScore > 2)).toBe(true);
  expect(told).toHaveLength(1);
  expect(cache.stats().entries).toBe(2);
});
