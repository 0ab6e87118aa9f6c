import { describe, expect, test } from '@jest/globals';
import { readJudgments, readRun, trecOrder, trecRunLines } from '@secondpass/evaluation';
import fc from 'fast-check';

const linesOf = (text: string) => text.split('\n').map((line, index) => ({ text: line, number: index + 1 }));
const judgmentsIn = async (text: string) => (await readJudgments(linesOf(text), 'qrels')).judgments;
const runIn = (text: string) => allOf(readRun(linesOf(text), 'a.run'));

async function allOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('judgments', () => {
  const expected = new Map([
    [
      '1',
      new Map([
        ['a', 2],
        ['b', 0],
      ]),
    ],
    ['2', new Map([['a', -1]])],
  ]);

  test.each([
    ['trec_eval', '1 0 a 2\n1 0 b 0\n\n2\t0\ta\t-1\n'],
    ['BEIR', 'query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t0\n2\ta\t-1\n'],
    ['three columns without a header', '1\ta\t2\n1 b 0\n2 a -1'],
    ['a header of four columns', 'query iteration passage grade\n1 0 a 2\n1 0 b 0\n2 0 a -1'],
  ])('as %s has them', async (_, text) => {
    expect(await judgmentsIn(text)).toEqual(expected);
  });

  test.each([
    ['tabs and spaces', 't11\t0\tdoc 0\t\nt11  0\t b\t1'],
    ['tabs around three words', 't11\t0\tdoc 0\nt11 0 b 1'],
    ['vertical tabs, form feeds and carriage returns', ' t11\v0\fdoc\r0\r\n\f\nt11 0 b 1'],
  ])('four columns apart by %s, as trec_eval splits', async (_, text) => {
    const grades = new Map([
      ['doc', 0],
      ['b', 1],
    ]);
    expect(await judgmentsIn(text)).toEqual(new Map([['t11', grades]]));
  });

  test('any mix of white space gives what single spaces give', async () => {
    const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\v', '\f'), minLength: 1, maxLength: 4 });
    const word = fc.string({
      unit: fc.constantFrom('a', 'b', '7', '-', '\u00a0', 'ß'),
      minLength: 1,
      maxLength: 5,
    });
    const line = fc.tuple(word, word, word, fc.nat(3));
    await fc.assert(
      fc.asyncProperty(line, fc.array(space, { minLength: 5, maxLength: 5 }), async (words, gaps) => {
        const mixed = gaps[3]! + words.map((one, index) => `${one}${gaps[index]}`).join('') + gaps[4];
        expect(await judgmentsIn(mixed)).toEqual(await judgmentsIn(words.join(' ')));
        const [run] = await runIn(
          `${words[0]}${gaps[0]}Q0${gaps[1]}${words[2]}${gaps[2]}1${gaps[3]}0.5${gaps[4]}x`,
        );
        expect(run).toEqual({ query: words[0], ranking: [{ id: words[2], score: 0.5 }] });
      }),
    );
  });

  test('an id below a header may have spaces where tabs make three columns', async () => {
    expect(await judgmentsIn('query-id\tcorpus-id\tscore\nq\tdoc 7\t1')).toEqual(
      new Map([['q', new Map([['doc 7', 1]])]]),
    );
  });

  test('an id between tabs may have spaces', async () => {
    expect(await judgmentsIn('q 1\tmy passage\t1')).toEqual(new Map([['q 1', new Map([['my passage', 1]])]]));
  });

  test.each([
    ['1 0 a 1\n1 0 b', 'qrels:2: The line has 3 columns, and 4 were expected'],
    ['1 a 1\n1 0 b 1', 'qrels:2: The line has 4 columns, and 3 were expected'],
    ['1', 'qrels:1: The line has 1 column, and 3 were expected'],
    ['1 a yes', 'qrels:1: The grade is "yes", and an integer was expected'],
    ['1 a 1\n1 a 0.5', 'qrels:2: Query "1" already has a judgment of "a"'],
    ['1 a 0.5', 'qrels:1: The grade is "0.5"'],
    ['1 a NaN', 'qrels:1: The grade is "NaN"'],
    ['', 'qrels: There are no judgments'],
    ['query-id\tcorpus-id\tscore', 'qrels: There are no judgments'],
  ])('%j is refused', async (text, message) => {
    await expect(judgmentsIn(text)).rejects.toThrow(message);
  });
});

describe('a run', () => {
  test('comes query by query, holding one at a time', async () => {
    let read = 0;
    async function* lines() {
      for (const line of linesOf('1 Q0 a 1 0.5 x\n1 Q0 b 2 .25 x\n2 Q0 a 1 1e-3 x\n3 Q0 a 1 -inf x')) {
        read = line.number;
        yield line;
      }
    }
    const run = readRun(lines(), 'a.run');
    const first = await run.next();
    expect(first.value).toEqual({
      query: '1',
      ranking: [
        { id: 'a', score: 0.5 },
        { id: 'b', score: 0.25 },
      ],
    });
    expect(read).toBe(3);
    const rest = await allOf(run);
    expect(rest.map(({ ranking }) => ranking[0]!.score)).toEqual([0.001, -Infinity]);
  });

  test.each([
    ['1 Q0 a 1 0.5 x\n1 Q0 b 2 NaN x', 'a.run:2: The score is "NaN", and a number was expected'],
    ['1 Q0 a 1 0,5 x', 'a.run:1: The score is "0,5"'],
    ['1 Q0 a 1 0x10 x', 'a.run:1: The score is "0x10"'],
    ['1 Q0 a 1 0.5', 'a.run:1: The line has 5 columns, and 6 were expected'],
    ['1 Q0 a 1 2 x\n1 Q0 a 2 1 x', 'a.run:2: Query "1" already has the passage "a" on line 1'],
    [
      '1 Q0 a 1 2 x\n2 Q0 a 1 2 x\n1 Q0 b 2 1 x',
      'a.run:3: Query "1" continues here, but its other lines start at 1',
    ],
    ['\n', 'a.run: The run is empty'],
  ])('%j is refused', async (text, message) => {
    await expect(runIn(text)).rejects.toThrow(message);
  });
});

test('a written run is read in the order that it was written in, whatever the scores', async () => {
  const score = fc.oneof(
    fc.constantFrom(0, -0, 1, 1 + 1e-9, 1e30),
    fc.double({ noNaN: true, min: -1e30, max: 1e30 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(score, { minLength: 1, maxLength: 20 }), async (scores) => {
      const ranking = scores.map((score, index) => ({ id: `p${index}`, score }));
      const [run] = await runIn(trecRunLines('q', ranking, 'test'));
      expect(trecOrder(run!.ranking)).toEqual(ranking.map(({ id }) => id));
    }),
  );
});

test('scores that fall are written as they are', () => {
  const ranking = [
    { id: 'a', score: 0.75 },
    { id: 'b', score: 0.5 },
  ];
  expect(trecRunLines('7', ranking, 'stage-1')).toBe('7 Q0 a 1 0.75 stage-1\n7 Q0 b 2 0.5 stage-1\n');
});

test.each([
  ['an id', 0.5, 'cannot be written to a TREC run'],
  ['a', Number.NaN, 'The score of "a" is NaN'],
  ['a', -Infinity, 'The score of "a" is -Infinity'],
])('%j with %d cannot be written', (id, score, message) => {
  expect(() => trecRunLines('q', [{ id, score }], 'run')).toThrow(message);
});
