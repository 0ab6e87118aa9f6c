import { describe, expect, test } from '@jest/globals';
import { buildContext } from '../../../src/entries/answers.ts';
import {
  type CheckCitationsOptions,
  checkCitations,
} from '../../../src/retrieval/context/check-citations.ts';
import { hitsOf } from './hits.ts';

const { citations } = await buildContext(
  hitsOf([
    { id: 'yeast', text: 'Dough rises because yeast turns sugar into gas.' },
    { id: 'salt', text: 'A litre of ocean water holds about thirty-five grams of salt, or 35 g.' },
    { id: 'moon', text: 'Spring tides follow the new moon and the full moon.' },
  ]),
  { tokenBudget: 999 },
);
const check = (answer: string, options?: CheckCitationsOptions) => checkCitations(answer, citations, options);

test('tells which passages are cited, which numbers are nobody’s, and what is not cited', () => {
  const report = check('Yeast makes gas [1]. Tides follow the moon [3, 7]. It is known. See [9].');
  expect(report.cited).toEqual([1, 3]);
  expect(report.unknown).toEqual([7, 9]);
  expect(report.unused).toEqual([2]);
  expect(report.uncited.map(({ text }) => text)).toEqual(['It is known.', 'See [9].']);
  expect(report).not.toHaveProperty('unsupported');
});

test.each([
  ['[1]', [1]],
  ['[1][3]', [1, 3]],
  ['[1, 3]', [1, 3]],
  ['[1;2]', [1, 2]],
  ['[1-3]', [1, 2, 3]],
  ['[1–2]', [1, 2]],
  ['[^2]', [2]],
  ['【2】', [2]],
  ['【3†source】', [3]],
  ['[ 1 ]', [1]],
  ['[1-900000]', [1]],
  ['(1) and {2}', []],
  ['[one]', []],
])('%s cites %j', (mark, expected) => {
  expect(check(`Yeast makes gas ${mark}.`).cited).toEqual(expected);
});

describe('a mark after the full stop', () => {
  const numbers = (answer: string) => check(answer).sentences.map((sentence) => sentence.numbers);

  test('belongs to the sentence before it, unless that has one', () => {
    expect(numbers('Yeast makes gas. [1] Tides follow the moon. [3]')).toEqual([[1], [3]]);
    expect(numbers('Yeast makes gas.[1] Tides follow the moon.[3]')).toEqual([[1], [3]]);
    expect(numbers('Yeast makes gas [1]. [3] says that tides follow.')).toEqual([[1], [3]]);
    expect(numbers('Yeast makes gas. [1][2] Tides follow.')).toEqual([[1, 2], []]);
  });

  test('sentences lie where they say, with their marks', () => {
    const answer = '# Bread [2]\n\n- Yeast makes gas. [1]\n- Salt slows it [2].\n\n```\na[3]\n```\n***\n';
    const { sentences, cited, uncited } = check(answer);
    expect(sentences.map(({ start, end }) => answer.slice(start, end).trim())).toEqual(
      sentences.map(({ text }) => text),
    );
    expect(sentences.map(({ numbers }) => numbers)).toEqual([[1], [2]]);
    expect({ cited, uncited }).toEqual({ cited: [1, 2], uncited: [] });
  });
});

describe('support', () => {
  const unsupported = (answer: string) =>
    check(answer, { minSupport: 0.6 }).unsupported!.map(({ text, support }) => [text, support]);

  test('a sentence with the words of its passage has it, in other forms too', () => {
    expect(unsupported('Yeast turns sugars into gas, so the dough has risen [1].')).toEqual([]);
    expect(unsupported('Ocean water has 35 grams of salt per litre [2].')).toEqual([]);
  });

  test('one with words of another passage, or of none, has not', () => {
    expect(unsupported('Spring tides follow the full moon [1].')).toEqual([
      ['Spring tides follow the full moon [1].', 0],
    ]);
    expect(unsupported('Ocean water has 90 kilograms of pepper [2].')).toHaveLength(1);
    expect(unsupported('Spring tides follow the full moon [1][3].')).toEqual([]);
  });

  test('a quotation must be there word by word', () => {
    const { misquoted } = check(
      'It says “yeast turns  SUGAR into gas” [1]. It says "sugar turns yeast into gas" [1]. The "new moon" [1].',
    );
    expect(misquoted.map(({ quote }) => quote)).toEqual(['sugar turns yeast into gas']);
  });

  test('refuses what is no answer and no share', () => {
    expect(() => check(undefined as never)).toThrow('not a string');
    expect(() => check('A.', { minSupport: 3 })).toThrow('minSupport is 3');
  });
});
