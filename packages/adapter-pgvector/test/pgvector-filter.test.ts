import { describe, expect, test } from '@jest/globals';
import type { Filter } from '@secondpass/core';
import type { PayloadPlace } from '../src/payload-place.ts';
import { filterExpression } from '../src/pgvector-filter.ts';

function compile(filter: Filter, payload: PayloadPlace = 'p') {
  const values: unknown[] = ['taken'];
  const sql = filterExpression(filter, { name: 'pgvector:t', payload }, (value) => `$${values.push(value)}`);
  return { sql, values: values.slice(1) };
}

const native = (sql: unknown, params?: unknown) => compile({ native: { sql, params } });

describe('portable filters', () => {
  test('eq: the scalar, or an array that holds it', () => {
    expect(compile({ field: 'author.name', eq: 'Ines' })).toEqual({
      sql: `(("p"::jsonb) @> $2::jsonb OR ("p"::jsonb) @> $3::jsonb)`,
      values: ['{"author":{"name":"Ines"}}', '{"author":{"name":["Ines"]}}'],
    });
  });

  test('comparisons are strict about the type and take the path as parameters', () => {
    const number = '@.type() == "number" && @ >= $operand';
    expect(compile({ field: 'a.b', gte: 3 })).toEqual({
      sql: `jsonb_path_exists((("p"::jsonb) -> $2::text -> $3::text), 'strict $ ? (@.type() != "array" && ${number} || @.type() == "array" && exists(@[*] ? (${number})))', $4::jsonb)`,
      values: ['a', 'b', '{"operand":3}'],
    });
    expect(compile({ field: 'a', lt: 'x' }).sql).toContain('@.type() == "string" && @ < $operand');
  });

  test('negations hold where the field is absent', () => {
    expect(compile({ field: 'a', ne: 1 }).sql).toBe(
      `((("p"::jsonb) @> $2::jsonb OR ("p"::jsonb) @> $3::jsonb) IS NOT TRUE)`,
    );
    expect(compile({ field: 'a', exists: false }).sql).toMatch(/IS NOT TRUE\)$/);
    expect(compile({ not: { field: 'a', eq: 1 } }).sql).toMatch(/IS NOT TRUE\)$/);
  });

  test('several operators, and, or', () => {
    expect(compile({ field: 'a', gt: 1, lt: 2 }).sql).toMatch(
      /^\(jsonb_path_exists.* AND jsonb_path_exists.*\)$/,
    );
    expect(
      compile({
        or: [
          { field: 'a', eq: 1 },
          { field: 'b', in: [1, 2] },
        ],
      }).values,
    ).toHaveLength(6);
  });

  test('no name and no value ever reaches the text', () => {
    const hostile = `'; DROP TABLE x; --"$1`;
    for (const condition of [
      { eq: hostile },
      { ne: hostile },
      { in: [hostile] },
      { gt: hostile },
      { exists: true },
    ]) {
      expect(compile({ field: hostile, ...condition }).sql).not.toContain('DROP');
    }
  });

  test('refused without a payload column', () => {
    expect(() => compile({ field: 'a', eq: 1 }, new Map())).toThrow('no payload column');
  });
});

describe('a field in a column of its own', () => {
  const columns = new Map([
    ['author', 'text'],
    ['year', 'int4'],
    ['meta', 'jsonb'],
    ['a.b', 'float4'],
  ]);

  test('is compared as JSON, and as its own type too where an index on the column then serves', () => {
    expect(compile({ field: 'author', in: ['Ines', 'Max'] }, columns).sql).toMatch(
      /^\("author" = ANY\(\$\d::text\[\]\) AND \(\(\(to_jsonb\("author"\)\) @> /,
    );
    expect(compile({ field: 'year', gt: 2020 }, columns)).toMatchObject({
      sql: expect.stringMatching(/^\("year" > \$2::int8 AND jsonb_path_exists\(\(\(to_jsonb\("year"\)\)\), /),
      values: ['2020', '{"operand":2020}'],
    });
  });

  test('is compared as JSON only where its own type would not be the same', () => {
    for (const condition of [{ eq: 'x' }, { eq: 2.5 }, { in: [1, 'x'] }, { gt: 'x' }, { ne: 3 }]) {
      expect(compile({ field: 'year', ...condition }, columns).sql).not.toMatch(/"year" [=>]/);
    }
    expect(compile({ field: 'author', gt: 'x' }, columns).sql).not.toContain('"author" >');
  });

  test('may lie within a JSON column, have dots in its name, or not be there', () => {
    expect(compile({ field: 'meta.lang', eq: 'en' }, columns)).toEqual({
      sql: '(("meta"::jsonb) @> $2::jsonb OR ("meta"::jsonb) @> $3::jsonb)',
      values: ['{"lang":"en"}', '{"lang":["en"]}'],
    });
    expect(compile({ field: 'a.b', eq: 1 }, columns).sql).toContain('to_jsonb("a.b")');
    expect(compile({ field: 'nowhere', exists: true }, columns).sql).toContain('NULL::jsonb');
  });
});

describe('native filters', () => {
  test('their parameters move to where the statement has room', () => {
    expect(
      native(`year > $2 AND lang = $1 AND note <> '$1; -- (' AND "odd;$1" = ANY($3)`, ['en', 2020, ['x']]),
    ).toEqual({
      sql: `(year > $3 AND lang = $2 AND note <> '$1; -- (' AND "odd;$1" = ANY($4))`,
      values: ['en', 2020, ['x']],
    });
  });

  test.each([
    ['1 = 1) OR (1 = 1', 'bracket'],
    ['(1 = 1', 'bracket'],
    ['1 = 1; DROP TABLE x', ';'],
    ['1 = 1 --', '--'],
    ['1 = 1 /* x', '/*'],
    ["x = 'open", "'"],
    ['"open = 1', '"'],
    ["x = E'\\') OR (1 = 1) --'", "'"],
    ['x = $tag$ ) $tag$', '$'],
    ['x = $a1$ ) $a1$', '$'],
    ['', 'native'],
  ])('%s is refused', (sql, reason) => {
    expect(() => native(sql)).toThrow(reason);
    expect(() => native(sql)).toThrow(expect.objectContaining({ code: 'invalid-filter' }));
  });

  test('params and places must fit', () => {
    expect(() => native('x = $2', [1])).toThrow('uses $2 but has 1');
    expect(() => native('x = $0', [1])).toThrow('uses $0');
    expect(() => native('x = $1', [1, 2])).toThrow('has 2 params but uses 1');
    expect(() => native('x = 1', 'no list')).toThrow('native');
    expect(() => compile({ native: 'x = 1' })).toThrow('native');
    expect(() => compile({ native: null })).toThrow('native');
  });
});
