import type { DocumentWriter } from '@secondpass/core';
import { checkIds, checkPrepareRequest, checkStoredDocuments } from '@secondpass/core/extend';
import { checkPgvectorOptions } from './check-pgvector-options.ts';
import { closableTransactions } from './closable-transactions.ts';
import { lockTable } from './lock-table.ts';
import { adoptTable, createTable, refuseForeign, refuseUnmarked, writableTable } from './own-table.ts';
import {
  buildLexemesIndex,
  buildTenantIndex,
  buildVectorIndex,
  mostIndexedDimensions,
  type VectorIndex,
} from './pgvector-index.ts';
import type { PgvectorWriterOptions } from './pgvector-options.ts';
import { upsertStatements } from './pgvector-rows.ts';
import { quoteIdentifier, quoteTable } from './pgvector-sql.ts';
import { checkDimensions, digestColumn, inspectTable, markTable } from './pgvector-table.ts';
import { resolveTable } from './resolve-table.ts';

type Signal = { readonly signal?: AbortSignal };

/**
 * Fills a table of its own, which `prepare` creates. Tables of other programs are searched, not written: only their
 * owners know the rules of their other columns.
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
  checkPgvectorOptions('writer', options);
  const table = resolveTable(options);
  const { client, name } = table;
  const { vectorType = 'vector', quantize, partitions, textSearch = false } = options;
  const index = resolveIndex(options.index);
  const language = textSearch === false ? undefined : (textSearch.language ?? 'english');
  const relation = quoteTable(table);
  const id = quoteIdentifier(table.columns.id);
  let dimensions: number | undefined;
  const { read, write, close } = closableTransactions(client, name, 'writer');

  return {
    name,
    async prepare(request) {
      checkPrepareRequest(request, name, 16_000);
      const { dimensions: wanted, signal } = request;
      await write(signal, async (run) => {
        await lockTable(run, relation);
        const shape = await inspectTable(run, table);
        // First: otherwise the next checks would refuse options that are valid for searching such a table.
        if (shape !== undefined && shape.marker === undefined) refuseUnmarked(table);
        if (index) checkPrepareRequest(request, name, mostIndexedDimensions[quantize ?? vectorType]);
        const writable = writableTable(table);
        const layout = { dimensions: wanted, vectorType, quantize, partitions, language };
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
      const isDivided = partitions !== undefined;
      const statements = upsertStatements(documents, writableTable(table), { vectorType, isDivided });
      await write(signal, async (run) => {
        // Two that store one id for two tenants would not see each other.
        if (isDivided) await lockTable(run, relation);
        for (const statement of statements) await run(statement);
      });
    },
    async finish({ signal }: Signal = {}) {
      writableTable(table);
      await write(signal, async (run) => {
        await lockTable(run, relation);
        const marker = (await inspectTable(run, table))?.marker;
        if (marker === undefined)
          return refuseForeign(table, `There is no table ${table.table} that secondpass created.`);
        // Built after the rows are stored: this is several times faster than adding row by row.
        const kind = index && (await buildVectorIndex(run, table, { vectorType, ...marker }, index));
        if (marker.language !== undefined) await buildLexemesIndex(run, table);
        await buildTenantIndex(run, table, marker);
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
}

/** The index with its defaults, or false. */
function resolveIndex(index: PgvectorWriterOptions['index'] = {}): VectorIndex | false {
  if (index === false || index.kind === 'ivfflat') return index;
  const { m = 16, efConstruction = 64 } = index;
  return { kind: 'hnsw', m, efConstruction };
}
