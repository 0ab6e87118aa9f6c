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

describe('code holds no citation', () => {
  test.each([
    ['a word of code', 'Read `items[1]` of the list [2].', [[2]]],
    ['code with backticks in it', 'Read ``a ` items[1]`` of the list [2].', [[2]]],
    ['an indented block', 'Read it so [2]:\n\n    const item = items[1];\n\nNothing else [3].', [[2], [3]]],
    ['a fence in a list', '- Read it so [2]:\n  ```js\n  items[1]\n  ```\n- Nothing else [3].', [[2], [3]]],
    ['a fence with a longer end', '````\nitems[1]\n```\nitems[1]\n````\nRead it [2].', [[2]]],
    ['a fence that never ends', 'Read it [2].\n\n~~~\nThe first is items[1].', [[2]]],
    [
      'a fence in a quotation',
      '> Read it [2].\n>\n> ```\n> The items[1].\n> ```\n> Read on [3].',
      [[2], [3]],
    ],
    ['a table', '| call | what |\n|---|---|\n| `items[1]` | the second [2] |', [[], [2]]],
    ['a comment', 'Read it [2].\n\n<!-- The draft said [1]. -->', [[2]]],
    ['an underlined heading', 'Bread [1]\n=====\n\nRead it [2].', [[2]]],
    ['an address', 'See https://example.com/?q[1] and [3](https://example.com/a[1]) [2].', [[3, 2]]],
    ['a link’s definition', 'Read it [2].\n\n[1]: https://example.com', [[2]]],
    ['an escaped backtick, which begins none', 'Read \\`items[1]\\` of it [2].', [[1, 2]]],
    ['a lone backtick, which begins none', 'The key ` is above Tab [1]. Read on [2].', [[1], [2]]],
    [
      'lines that Windows ends',
      'Read `items[1]` [2].\r\n\r\n```\r\nitems[1]\r\n```\r\nRead on [3].\r\n',
      [[2], [3]],
    ],
  ])('%s', (_, answer, numbers) => {
    const { sentences, cited } = check(answer);
    expect(sentences.map((sentence) => sentence.numbers)).toEqual(
      numbers.length === sentences.length ? numbers : expect.arrayContaining(numbers),
    );
    expect(cited).toEqual([...new Set(numbers.flat())].sort());
  });

  test('as much of it as a model can write is read in time', () => {
    const before = performance.now();
    for (const piece of ['`', '[', '[1](', '> ', '*a ', '``` ', '- ', '<!--', '|a[1]'])
      check(piece.repeat(5000));
    expect(performance.now() - before).toBeLessThan(5000);
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
