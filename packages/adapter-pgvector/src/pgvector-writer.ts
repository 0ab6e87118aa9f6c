import type { DocumentWriter } from '@secondpass/core';
import { checkIds, checkStoredDocuments } from '@secondpass/core/extend';
import { checkInteger, checkRequired, checkWord, refuseOption } from './check-option.ts';
import { closableTransactions } from './closable-transactions.ts';
import {
  buildLexemesIndex,
  buildTenantIndex,
  buildVectorIndex,
  mostIndexedDimensions,
  type VectorIndex,
} from './pgvector-index.ts';
import type { PgvectorWriterOptions } from './pgvector-options.ts';
import {
  adoptTable,
  createTable,
  refuseForeign,
  refuseUnmarked,
  writableTable,
} from './pgvector-own-table.ts';
import { upsertStatements } from './pgvector-rows.ts';
import { quoteIdentifier, quoteTable } from './pgvector-sql.ts';
import { checkDimensions, digestColumn, inspectTable, lexemesColumn, markTable } from './pgvector-table.ts';
import { type PgvectorTable, resolveTable } from './resolve-table.ts';
import { checkLanguage } from './text-language.ts';
import type { RunStatement } from './transaction-options.ts';

type Signal = { readonly signal?: AbortSignal };

/**
 * Fills a table of its own, which `prepare` creates. A table that was there before is searched, not written: its
 * other columns have rules that only their owner knows.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { pgvectorWriter } from '@secondpass/adapter-pgvector';
 * import pg from 'pg';
 * const client = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
 * const writer = pgvectorWriter({ client, table: 'posts', index: { m: 16 } });
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * await writer.count(); // → 1
 * await client.end();
 */
export function pgvectorWriter(options: PgvectorWriterOptions): DocumentWriter {
  const table = resolveTable(options);
  const { client, name } = table;
  const { vectorType = 'vector', textSearch = false } = options;
  checkWord(name, 'vectorType', vectorType, ['vector', 'halfvec']);
  const index = resolveIndex(options.index, name);
  if (textSearch !== false && (typeof textSearch !== 'object' || textSearch === null))
    refuseOption(name, 'textSearch', textSearch, 'an object such as {}, or false');
  const language = textSearch === false ? undefined : (textSearch.language ?? 'english');
  checkLanguage(name, 'textSearch.language', language);
  checkColumnNames(table);
  const relation = quoteTable(table);
  const id = quoteIdentifier(table.columns.id);
  let dimensions: number | undefined;
  const { read, write, close } = closableTransactions(client, name, 'writer');

  return {
    name,
    async prepare(request) {
      const { dimensions: wanted, signal } = request ?? {};
      checkRequired(name, 'dimensions', wanted, 1, 16_000);
      await write(signal, async (run) => {
        await lockTable(run);
        const shape = await inspectTable(run, table);
        // First, since options for searching such a table would be refused one by one by what follows.
        if (shape !== undefined && shape.marker === undefined) refuseUnmarked(table);
        if (index) checkInteger(name, 'dimensions', wanted, 1, mostIndexedDimensions[vectorType]);
        const writable = writableTable(table);
        const layout = { dimensions: wanted, vectorType, language };
        if (shape === undefined) await createTable(run, writable, layout);
        else await adoptTable(run, writable, layout, shape);
      });
      dimensions = wanted;
    },
    async storedDigests(ids, { signal }: Signal = {}) {
      checkIds(ids, name);
      const rows = await read(signal, (run) =>
        run({
          text: `SELECT ${id} AS id, ${digestColumn} AS digest FROM ${relation} WHERE ${id} = ANY($1::text[])`,
          values: [[...ids]],
          last: true,
        }),
      );
      return new Map(rows.map((row) => [String(row['id']), String(row['digest'])]));
    },
    async write(documents, { signal }: Signal = {}) {
      checkStoredDocuments(documents, name);
      for (const { vector } of documents) checkDimensions(vector.length, dimensions, table);
      if (documents.length === 0) return;
      const statements = upsertStatements(documents, writableTable(table), vectorType);
      await write(signal, async (run) => {
        for (const statement of statements) await run(statement);
      });
    },
    async finish({ signal }: Signal = {}) {
      writableTable(table);
      await write(signal, async (run) => {
        await lockTable(run);
        const marker = (await inspectTable(run, table))?.marker;
        if (marker === undefined)
          return refuseForeign(table, `There is no table ${table.table} of secondpass.`);
        // After the rows and not before: building once is several times faster than growing row by row.
        const kind = index && (await buildVectorIndex(run, table, vectorType, index));
        if (marker.language !== undefined) await buildLexemesIndex(run, table);
        await buildTenantIndex(run, table);
        await run({ text: `ANALYZE ${relation}` });
        const finished = { ...marker, whole: true, ...(kind && { index: kind }) };
        if (!marker.whole || marker.index !== finished.index) await run({ text: markTable(table, finished) });
      });
    },
    async count({ signal }: Signal = {}) {
      const rows = await read(signal, (run) =>
        run({ text: `SELECT count(*)::text AS count FROM ${relation}`, last: true }),
      );
      return Number(rows[0]?.['count']);
    },
    async delete(ids, { signal }: Signal = {}) {
      checkIds(ids, name);
      const rows = await write(signal, (run) =>
        run({
          text: `DELETE FROM ${relation} WHERE ${id} = ANY($1::text[]) RETURNING 1`,
          values: [[...ids]],
        }),
      );
      return rows.length;
    },
    async close() {
      close();
    },
  };

  /** Two processes that prepare or finish the same table take turns. The lock ends with the transaction. */
  async function lockTable(run: RunStatement): Promise<void> {
    await run({
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text',
      values: [`secondpass ${relation}`],
    });
  }
}

/** The index with its defaults, or false. */
function resolveIndex(index: PgvectorWriterOptions['index'] = {}, name: string): VectorIndex | false {
  if (index === false) return false;
  if (typeof index !== 'object' || index === null)
    refuseOption(name, 'index', index, 'an object such as {}, or false');
  checkWord(name, 'index.kind', index.kind ?? 'hnsw', ['hnsw', 'ivfflat']);
  const allowed = index.kind === 'ivfflat' ? ['kind', 'lists'] : ['kind', 'm', 'efConstruction'];
  for (const key of Object.keys(index)) checkWord(name, `a key of index`, key, allowed);
  if (index.kind === 'ivfflat') {
    checkInteger(name, 'index.lists', index.lists, 1, 32_768);
    return index;
  }
  const { m = 16, efConstruction = 64 } = index;
  checkInteger(name, 'index.m', m, 2, 100);
  checkInteger(name, 'index.efConstruction', efConstruction, Math.max(4, 2 * m), 1000);
  return { kind: 'hnsw', m, efConstruction };
}

function checkColumnNames({ name, columns }: PgvectorTable): void {
  const { lexemes = lexemesColumn, ...named } = columns;
  if (lexemes !== lexemesColumn) {
    refuseOption(
      name,
      'columns.lexemes',
      lexemes,
      `"${lexemesColumn}" in a table that is written, or leave it out`,
    );
  }
  const { payload, ...others } = named;
  const names = [
    ...Object.values(others),
    ...(typeof payload === 'string' ? [payload] : []),
    digestColumn,
    lexemesColumn,
  ];
  if (new Set(names).size < names.length) {
    const expected = `a different name for each, none of them "${digestColumn}" or "${lexemesColumn}"`;
    refuseOption(name, 'columns', columns, expected);
  }
}
