import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseMeasure } from '@secondpass/evaluation';
import fc from 'fast-check';
import { markup } from '../src/report/markup.ts';
import { renderReport } from '../src/report/render-report.ts';
import { scaleFor } from '../src/report/scale.ts';
import { tune } from '../src/tune.ts';
import type { TuningResult } from '../src/tuning-result.ts';
import { hostile, madeUpCollection } from './made-up-collection.ts';

const context = {
  collection: `judged ${hostile}`,
  config: 'secondpass.config.yaml',
  measured: '2026-11-23',
  machine: 'a processor',
};

describe('the report', () => {
  let result: TuningResult;
  let page = '';
  beforeAll(async () => {
    const { queries, search, scorer } = madeUpCollection(24);
    result = await tune({
      queries,
      search,
      scorers: [scorer('good int8', 0.8), scorer(`${hostile} int8`, 0.3)],
      depths: [10, 20],
      blends: [0, 0.5],
      current: { scorer: 'good int8', depth: 20, blend: 0 },
      goal: { maxLoss: 0.005 },
      measure: parseMeasure('ndcg_cut_10'),
      rounds: 5,
    });
    page = renderReport(result, context);
  });

  test('hostile texts stand in it as text: no element, attribute or script comes of them', () => {
    expect(result.losses[0]!.text).toContain(hostile);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toMatch(/<script|<img|<iframe|<object|<link|<base/i);
    const tags = [...page.matchAll(/<[a-z][^>]*>/gi)].map(([tag]) => tag);
    expect(tags.filter((tag) => /\son\w+\s*=|javascript:|\s(?:src|href)\s*=/i.test(tag))).toEqual([]);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });

  test('it needs nothing from elsewhere, and forbids it', () => {
    expect(page).toMatch(/http-equiv="Content-Security-Policy" content="default-src 'none'/);
    expect(page).not.toMatch(/url\(|@import|https?:/);
  });

  test('it has every chart, each with words for those who do not see it, and its numbers in a table', () => {
    for (const heading of [
      'Advice',
      'Quality by depth',
      'Latency by depth',
      'Quality against latency',
      'Quality by blending weight',
      'Query by query, against stage 1',
      'Worst losses',
    ])
      expect(page).toContain(`<h2>${heading}</h2>`);
    const charts = page.match(/<svg class="plot [^>]*>/g) ?? [];
    expect(charts.length).toBeGreaterThanOrEqual(10);
    expect(charts.filter((chart) => !/role="img" aria-label="[^"]{20}/.test(chart))).toEqual([]);
    expect(page.match(/<details>/g)!.length).toBeGreaterThanOrEqual(5);
  });

  test('no figure is missing from a drawing', () => {
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  test('the estimate for other queries stands beside the one that chose', () => {
    expect(page).toContain('on queries that had no part in choosing');
    expect(page).toContain('on the queries that chose it');
  });

  test('without advice it still shows what was measured', () => {
    const without = renderReport({ ...result, advice: null, goal: { maxLatencyMs: 1 } }, context);
    expect(without).toContain('No setting stays within');
    expect(without).toContain('<h2>Quality by depth</h2>');
  });
});

test('whatever a value says, it opens no tag and ends no attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { text: made } = markup`<p title="${text}">${[text]}</p>`;
      const inside = made.slice('<p title="'.length, -'</p>'.length);
      expect(inside.replace('">', '')).not.toMatch(/[<>"]/);
    }),
  );
});

test('a scale holds every value between its ends, on ticks', () => {
  const values = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(values, (given) => {
      const { low, high, ticks, at } = scaleFor({ values: given, range: [0, 100], count: 5 });
      const slack = (high - low) * 1e-6;
      expect(Math.min(...given)).toBeGreaterThanOrEqual(low - slack);
      expect(Math.max(...given)).toBeLessThanOrEqual(high + slack);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(12);
      expect(at(high)).toBeCloseTo(100, 6);
    }),
  );
});
