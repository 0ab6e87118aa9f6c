import { type PlacedTable, payloadExpression } from './payload-place.ts';
import { type Restriction, restrictions } from './pgvector-conditions.ts';
import { identityOf, type Statement } from './pgvector-request.ts';
import { quoteIdentifier, quoteTable, regconfig } from './pgvector-sql.ts';

export interface TextSearchPlan extends Restriction {
  readonly table: PlacedTable;
  /** The tsvector column; undefined computes lexemes from the passage. */
  readonly lexemes: string | undefined;
  readonly language: string;
  readonly query: string;
  readonly depth: number;
  readonly withTable?: boolean;
}

/**
 * The one statement of a search by text. Rows come with `id`, `text`, `payload` and `score`.
 *
 * One lexeme of the query is enough to find a passage, because hardly any passage has all lexemes of a question. The
 * score has the form of BM25: the sum, over the query's lexemes, of the lexeme's rarity × its frequency in the
 * passage (`ts_rank`, which saturates), divided by the passage's length relative to the others found. The rarity is
 * computed from the rows that this search found. So with a tenant or a filter it reveals nothing about other rows,
 * and no statistics have to be maintained.
 *
 * Joined relations are called `secondpass_…`, so that they hide no table and no column from a native filter.
 */
export function textSearchStatement({
  table,
  lexemes,
  language,
  query,
  depth,
  withTable,
  ...restriction
}: TextSearchPlan): Statement {
  const values: unknown[] = [];
  const addParameter = (value: unknown) => `$${values.push(value)}`;
  const id = quoteIdentifier(table.columns.id);
  const text = `${quoteIdentifier(table.columns.text)}::text`;
  const relation = quoteTable(table);
  const configuration = regconfig(language);
  const searched =
    lexemes === undefined ? `to_tsvector(${configuration}, ${text})` : quoteIdentifier(lexemes);
  const asked = addParameter(query);
  // In both places: in a table of another program, an id may be unique only within a tenant.
  const conditions = restrictions(restriction, table, addParameter)
    .map((condition) => ` AND ${condition}`)
    .join('');
  return {
    text: `WITH secondpass_term AS MATERIALIZED (
  SELECT number, ('''' || replace(replace(lexeme, chr(92), repeat(chr(92), 2)), '''', '''''') || '''')::tsquery AS term
  FROM unnest(tsvector_to_array(to_tsvector(${configuration}, ${asked}::text))) WITH ORDINALITY AS asked (lexeme, number)
), secondpass_found AS MATERIALIZED (
  SELECT ${id} AS id, length(secondpass_passage.secondpass_lexemes) AS length, ARRAY(
    SELECT ts_rank('{1,1,1,1}', secondpass_passage.secondpass_lexemes, term)
    FROM unnest((SELECT array_agg(term ORDER BY number) FROM secondpass_term)) AS asked (term)
  ) AS parts
  FROM ${relation}, LATERAL (SELECT ${searched} AS secondpass_lexemes OFFSET 0) AS secondpass_passage
  WHERE ${searched} @@ (SELECT string_agg(term::text, ' | ')::tsquery FROM secondpass_term)${conditions}
), secondpass_whole AS (
  SELECT avg(length)::float8 AS length, greatest(
    count(*), (SELECT reltuples FROM pg_class WHERE oid = to_regclass(${addParameter(relation)}))
  ) AS rows FROM secondpass_found
), secondpass_rarity AS (
  SELECT array_agg(ln(1 + (rows - having_it + 0.5) / (having_it + 0.5)) ORDER BY number) AS weights
  FROM secondpass_whole, (
    SELECT number, count(*) FILTER (WHERE part > 0) AS having_it
    FROM secondpass_found, unnest(parts) WITH ORDINALITY AS each (part, number) GROUP BY number
  ) AS counted
), secondpass_best AS (
  SELECT id AS secondpass_id, (
    SELECT sum(weight * part) FROM unnest(weights, parts) AS each (weight, part)
  ) / (0.6 + 0.4 * secondpass_found.length / secondpass_whole.length) AS secondpass_score
  FROM secondpass_found, secondpass_whole, secondpass_rarity
  ORDER BY secondpass_score DESC, id::text COLLATE "C"
  LIMIT ${addParameter(depth)}
)
SELECT ${id}::text AS id, ${text} AS text, ${payloadExpression(table.payload) ?? 'NULL'}::text AS payload, secondpass_score::text AS score${withTable ? `, ${identityOf(table)} AS table` : ''}
FROM secondpass_best JOIN ${relation} ON ${id} = secondpass_id${conditions}`,
    values,
  };
}
