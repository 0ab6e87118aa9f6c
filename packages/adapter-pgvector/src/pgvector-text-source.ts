import { type CandidateSource, type Payload, RetrievalError } from '@secondpass/core';
import { checkQuery } from '@secondpass/core/extend';
import { checkPgvectorOptions } from './check-pgvector-options.ts';
import { placePayload } from './payload-place.ts';
import type { PgvectorTextSourceOptions } from './pgvector-options.ts';
import { rankedCandidates } from './pgvector-response.ts';
import { lexemesColumn, type TableMarker, type TableShape } from './pgvector-table.ts';
import { resolveTable } from './resolve-table.ts';
import { searchingSource } from './searching-source.ts';
import { textSearchStatement } from './text-statement.ts';

/**
 * Searches one table by text, with PostgreSQL's full-text search: a passage is found by any word of the query, and
 * ranked by the number of matching words, their rarity and the passage's length. Words are stemmed and stop words
 * left out as `language` says. It ignores `metric` and `columns.vector`.
 *
 * A table of ours needs the writer's `textSearch`. In any other table, `columns.lexemes` names a tsvector; without
 * it, lexemes are computed from each passage, or an index on `to_tsvector('english', …)` is used if there is one.
 *
 * @typeParam P the payload's fields, which are returned as they are in the database
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { pgvectorTextSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
 * import pg from 'pg';
 * const client = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
 * const writer = pgvectorWriter({ client, table: 'pages', textSearch: { language: 'english' } });
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast makes dough rise.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * const [found] = await pgvectorTextSource({ client, table: 'pages' }).search({ query: { text: 'rising dough' }, depth: 10 });
 * found?.id; // → '1'
 * await client.end();
 */
export function pgvectorTextSource<P extends object = Payload>(
  options: PgvectorTextSourceOptions,
): CandidateSource<P> {
  checkPgvectorOptions('textSource', options);
  const table = resolveTable(options);
  const { name } = table;
  const { language, statementTimeoutMs = 10_000, preparedStatements = true } = options;
  const { replicas, maxReplicaLagMs } = options;
  // JIT compilation costs more than it saves in an answer of a few milliseconds.
  const settings = [`SET LOCAL statement_timeout = ${statementTimeoutMs}`, 'SET LOCAL jit = off'];

  return searchingSource(table, {
    input: 'text',
    needs: ['id', 'text', 'payload', 'lexemes'],
    preparedStatements,
    statementTimeoutMs,
    replicas,
    maxReplicaLagMs,
    async search({ query, depth, filter, tenant }, ask) {
      checkQuery(query.text, name);
      const statement = (shape: TableShape) => {
        const { marker } = shape;
        return textSearchStatement({
          table: placePayload(table, shape),
          lexemes: marker ? lexemesColumn : table.columns.lexemes,
          language: marker ? languageOf(marker) : (language ?? 'english'),
          query: query.text,
          depth,
          filter,
          tenant,
          withTable: marker !== undefined,
        });
      };
      const { rows } = await ask(settings, statement, 'index');
      return { candidates: rankedCandidates(rows, ({ score }) => Number(score), name), unchecked: false };
    },
  });

  function languageOf(marker: TableMarker): string {
    const refuse = (problem: string, nextStep: string): never => {
      throw new RetrievalError({ code: 'invalid-options', origin: name, problem, nextStep });
    };
    const stored =
      marker.language ??
      refuse(
        `${table.table} was filled without lexemes.`,
        'Set the writer’s textSearch and run indexing again; nothing is embedded again.',
      );
    if (language === undefined || language === stored) return stored;
    return refuse(
      `language is "${language}" and ${table.table} was filled for "${stored}".`,
      'Use the same, or leave it out.',
    );
  }
}
