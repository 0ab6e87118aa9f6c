import { createHash } from 'node:crypto';
import { type DocumentReader, RetrievalError, type StoredDocument } from '@secondpass/core';
import { checkReadRequest } from '@secondpass/core/extend';
import { checkPgvectorOptions } from './check-pgvector-options.ts';
import { closableTransactions } from './closable-transactions.ts';
import { payloadExpression, placePayload } from './payload-place.ts';
import type { PgvectorTableOptions } from './pgvector-options.ts';
import { documentOf, type SearchRow } from './pgvector-response.ts';
import { quoteIdentifier, quoteTable } from './pgvector-sql.ts';
import { digestColumn, type TableShape, usableShape } from './pgvector-table.ts';
import { resolveTable } from './resolve-table.ts';
import type { RunStatement } from './transaction-options.ts';

type Signal = { readonly signal?: AbortSignal };

/**
 * Reads a table from the first id to the last, whether `pgvectorWriter` or another program filled it. Each batch is a
 * transaction of its own, so that no long transaction blocks others; changes made meanwhile may be seen or not.
 *
 * A row without a vector was never searchable, and is neither read nor counted. If the table has no digest, one is
 * made of id, text, payload and vector.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { pgvectorReader, pgvectorWriter } from '@secondpass/adapter-pgvector';
 * import pg from 'pg';
 * const client = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
 * const writer = pgvectorWriter({ client, table: 'books' });
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * for await (const batch of pgvectorReader({ client, table: 'books' }).read()) {
 *   batch.map(({ id }) => id); // → [ '1' ]
 * }
 * await client.end();
 */
export function pgvectorReader(options: PgvectorTableOptions): DocumentReader {
  checkPgvectorOptions('reader', options);
  const table = resolveTable(options);
  const { client, name } = table;
  const relation = quoteTable(table);
  const id = quoteIdentifier(table.columns.id);
  const vector = quoteIdentifier(table.columns.vector);
  const transactions = closableTransactions(client, name, 'reader');

  return {
    name,
    async dimensions({ signal }: Signal = {}) {
      const rows = await ask(signal, async (run, shape) =>
        shape.dimensions === undefined
          ? await run({
              text: `SELECT vector_dims(${vector}) AS dimensions FROM ${relation} WHERE ${vector} IS NOT NULL LIMIT 1`,
            })
          : [{ dimensions: shape.dimensions }],
      );
      if (rows[0]) return Number(rows[0]['dimensions']);
      return refuse(
        'source-failed',
        'No row has a vector, and the column fixes no length.',
        'Fill the table first.',
      );
    },
    async count({ signal }: Signal = {}) {
      const rows = await ask(signal, (run) =>
        run({ text: `SELECT count(*)::text AS count FROM ${relation} WHERE ${vector} IS NOT NULL` }),
      );
      return Number(rows[0]?.['count']);
    },
    async *read(request = {}) {
      checkReadRequest(request, name, 100_000);
      const { batchSize = 500, signal } = request;
      let last: unknown;
      for (;;) {
        // One row more than is returned, to see whether the next row repeats the last id of this batch.
        const rows = await ask(signal, async (run, shape) => {
          if (last === undefined) await refuseMissingIds(run);
          return run(pageStatement(shape, last, batchSize + 1));
        });
        refuseRepeatedIds(rows);
        const batch = rows.slice(0, batchSize);
        if (batch.length > 0) yield batch.map(storedDocument);
        if (rows.length <= batchSize) return;
        last = batch.at(-1)!['id'];
      }
    },
    async close() {
      transactions.close();
    },
  };

  /** The last id is sent without a type, so that it takes the column's type. */
  function pageStatement(shape: TableShape, last: unknown, limit: number) {
    const { columns, marker } = shape;
    const { payload } = placePayload(table, shape);
    const digest = marker && columns.has(digestColumn) ? digestColumn : 'NULL';
    return {
      text: [
        `SELECT ${id}::text AS id, ${quoteIdentifier(table.columns.text)}::text AS text,`,
        `${payloadExpression(payload) ?? 'NULL'}::text AS payload, ${vector}::text AS vector, ${digest}::text AS digest`,
        `FROM ${relation} WHERE ${vector} IS NOT NULL${last === undefined ? '' : ` AND ${id} > $2`}`,
        `ORDER BY ${relation}.${id} LIMIT $1`,
      ].join('\n'),
      values: last === undefined ? [limit] : [limit, last],
    };
  }

  function storedDocument(row: SearchRow): StoredDocument {
    const { vector: numbers, digest } = row;
    return {
      ...documentOf(row, name),
      vector: Float32Array.from(JSON.parse(String(numbers)) as number[]),
      digest: typeof digest === 'string' ? digest : digestOf(row),
    };
  }

  async function refuseMissingIds(run: RunStatement): Promise<void> {
    const rows = await run({
      text: `SELECT 1 FROM ${relation} WHERE ${id} IS NULL AND ${vector} IS NOT NULL LIMIT 1`,
    });
    if (rows.length > 0)
      refuse('source-failed', 'A row has no id.', 'Set columns.id to a column that is filled in every row.');
  }

  function refuseRepeatedIds(rows: readonly SearchRow[]): void {
    const again = rows.find((row, index) => index > 0 && rows[index - 1]!['id'] === row['id']);
    if (again === undefined) return;
    const problem = `Two rows have the id ${JSON.stringify(again['id'])}.`;
    refuse('source-failed', problem, 'Set columns.id to a unique column.');
  }

  async function ask(
    signal: AbortSignal | undefined,
    work: (run: RunStatement, shape: TableShape) => Promise<readonly SearchRow[]>,
  ): Promise<readonly SearchRow[]> {
    return transactions.read(signal, async (run) =>
      work(run, await usableShape(run, table, ['id', 'text', 'vector', 'payload'])),
    );
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  }
}

/** PostgreSQL prints equal values in the same way, so the digest changes only with the row. */
function digestOf({ id, text, payload, vector }: SearchRow): string {
  return createHash('sha256')
    .update(JSON.stringify([id, text, payload, vector]))
    .digest('hex');
}
