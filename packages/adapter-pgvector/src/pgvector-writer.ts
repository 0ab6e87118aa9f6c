import { checkDocuments, type DocumentWriter, RetrievalError } from '@secondpass/core';
import { pgvectorError } from './pgvector-error.ts';
import { createExtension } from './pgvector-extension.ts';
import { buildIndex, mostIndexedDimensions } from './pgvector-index.ts';
import { checkInteger, type PgvectorWriterOptions, refuseOption, resolveTable } from './pgvector-options.ts';
import { upsertStatement } from './pgvector-rows.ts';
import { quoteIdentifier, quoteTable } from './pgvector-sql.ts';
import { checkDimensions, inspectTable, markTable, type TableShape } from './pgvector-table.ts';
import { inTransaction, type RunStatement } from './pgvector-transaction.ts';

type Signal = { readonly signal?: AbortSignal };

/**
 * Fills a table of its own, which `prepare` creates. A table that was there before is searched, not written: its
 * other columns have rules that only their owner knows.
 *
 * @throws RetrievalError `invalid-options`
 */
export function pgvectorWriter(options: PgvectorWriterOptions): DocumentWriter {
  const table = resolveTable(options);
  const { client, name, columns, metric } = table;
  const { m = 16, efConstruction = 64 } = options.index || {};
  checkInteger(name, 'index.m', m, 2, 100);
  checkInteger(name, 'index.efConstruction', efConstruction, Math.max(4, 2 * m), 1000);
  const columnNames = [...Object.values(columns).filter((column) => column !== null), 'digest'];
  if (new Set(columnNames).size < columnNames.length) {
    refuseOption(name, 'columns', columns, 'a different name for each, none of them "digest"');
  }
  const relation = quoteTable(table);
  const id = quoteIdentifier(columns.id);
  let dimensions: number | undefined;
  let closed = false;

  return {
    name,
    async prepare({ dimensions: wanted, signal }) {
      checkInteger(name, 'dimensions', wanted, 1, options.index === false ? 16_000 : mostIndexedDimensions);
      await write(signal, async (run) => {
        await lockTable(run);
        const shape = await inspectTable(run, table);
        if (shape === undefined) await createTable(run, wanted);
        else checkOurs(shape, wanted);
      });
      dimensions = wanted;
    },
    async storedDigests(ids, { signal }: Signal = {}) {
      const rows = await read(signal, (run) =>
        run({
          text: `SELECT ${id} AS id, digest FROM ${relation} WHERE ${id} = ANY($1::text[])`,
          values: [[...ids]],
        }),
      );
      return new Map(rows.map((row) => [String(row['id']), String(row['digest'])]));
    },
    async write(documents, { signal }: Signal = {}) {
      checkDocuments(documents, name);
      for (const { vector } of documents) checkDimensions(vector.length, dimensions, table);
      if (documents.length === 0) return;
      const statement = upsertStatement(documents, table);
      await write(signal, (run) => run(statement));
    },
    async finish({ signal }: Signal = {}) {
      await write(signal, async (run) => {
        await lockTable(run);
        const shape = await inspectTable(run, table);
        if (shape?.marker === undefined)
          return refuseForeign(`There is no table ${table.table} of secondpass.`);
        // After the rows and not before: building once is several times faster than growing row by row.
        if (options.index !== false) await buildIndex(run, table, { m, efConstruction });
        await run({ text: `ANALYZE ${relation}` });
        if (!shape.marker.whole) await run({ text: markTable(table, { ...shape.marker, whole: true }) });
      });
    },
    async count({ signal }: Signal = {}) {
      const rows = await read(signal, (run) =>
        run({ text: `SELECT count(*)::text AS count FROM ${relation}` }),
      );
      return Number(rows[0]?.['count']);
    },
    async delete(ids, { signal }: Signal = {}) {
      const rows = await write(signal, (run) =>
        run({
          text: `DELETE FROM ${relation} WHERE ${id} = ANY($1::text[]) RETURNING 1`,
          values: [[...ids]],
        }),
      );
      return rows.length;
    },
    async close() {
      closed = true;
    },
  };

  async function createTable(run: RunStatement, wanted: number): Promise<void> {
    await createExtension(run, name);
    const definitions = [
      `${id} text PRIMARY KEY`,
      `${quoteIdentifier(columns.text)} text NOT NULL`,
      ...(columns.payload === null ? [] : [`${quoteIdentifier(columns.payload)} jsonb`]),
      'digest text NOT NULL',
      `${quoteIdentifier(columns.vector)} vector(${wanted}) NOT NULL`,
    ];
    await run({ text: `CREATE TABLE ${relation} (${definitions.join(', ')})` });
    await run({ text: markTable(table, { dimensions: wanted, metric, whole: false }) });
  }

  function checkOurs({ columns: present, marker }: TableShape, wanted: number): void {
    const missing = columnNames.filter((column) => !present.has(column));
    if (marker === undefined || missing.length > 0) {
      refuseForeign(
        missing.length > 0
          ? `The table ${table.table} has no column "${missing[0]}".`
          : `The table ${table.table} was not created by secondpass.`,
      );
    }
    checkDimensions(wanted, marker.dimensions, table);
    if (marker.metric !== metric) {
      refuseForeign(`metric is "${metric}" and ${table.table} was created for "${marker.metric}".`);
    }
  }

  function refuseForeign(problem: string): never {
    const nextStep = 'Name another table to fill; it is created for you.';
    throw new RetrievalError({ code: 'invalid-options', origin: name, problem, nextStep });
  }

  /** Two processes that prepare or finish the same table take turns. The lock ends with the transaction. */
  async function lockTable(run: RunStatement): Promise<void> {
    await run({
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text',
      values: [`secondpass ${relation}`],
    });
  }

  function read<T>(signal: AbortSignal | undefined, work: (run: RunStatement) => Promise<T>): Promise<T> {
    return guarded('read', signal, work);
  }

  function write<T>(signal: AbortSignal | undefined, work: (run: RunStatement) => Promise<T>): Promise<T> {
    return guarded('write', signal, work);
  }

  async function guarded<T>(
    access: 'read' | 'write',
    signal: AbortSignal | undefined,
    work: (run: RunStatement) => Promise<T>,
  ): Promise<T> {
    if (closed) {
      throw new RetrievalError({
        code: 'closed',
        origin: name,
        problem: 'The writer is closed.',
        nextStep: 'Make a new one.',
      });
    }
    try {
      return await inTransaction(client, { settings: [], access, signal }, work);
    } catch (error) {
      throw pgvectorError(error, name, signal);
    }
  }
}
