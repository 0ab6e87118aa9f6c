import { type CandidateRequest, type CandidateSource, parseFilter, RetrievalError } from '@secondpass/core';
import { pgvectorError } from './pgvector-error.ts';
import { checkInteger, type PgvectorSourceOptions, refuseOption, resolveTable } from './pgvector-options.ts';
import { checkQueryVector, exactScan, searchSettings, searchStatement } from './pgvector-request.ts';
import { candidatesOf } from './pgvector-response.ts';
import { checkColumns, checkDimensions, inspectTable, type TableShape } from './pgvector-table.ts';
import { inTransaction, type RunStatement } from './pgvector-transaction.ts';

/**
 * Searches one table by vector. Works on a table that `pgvectorWriter` filled and on one that was there before.
 *
 * HNSW is approximate in which rows it finds, never in how many: an answer with fewer rows than `depth` is checked by
 * an exact scan before it is given.
 *
 * @throws RetrievalError `invalid-options`
 */
export function pgvectorSource(options: PgvectorSourceOptions): CandidateSource {
  const table = resolveTable(options);
  const { client, name, metric } = table;
  const {
    search = 'hnsw',
    iterativeScan = 'strict',
    statementTimeoutMs = 10_000,
    efSearch,
    maxScanTuples,
  } = options;
  if (search !== 'hnsw' && search !== 'exact') refuseOption(name, 'search', search, '"hnsw" or "exact"');
  if (!['off', 'strict', 'relaxed'].includes(iterativeScan)) {
    refuseOption(name, 'iterativeScan', iterativeScan, '"off", "strict" or "relaxed"');
  }
  checkInteger(name, 'efSearch', efSearch, 1, 1000);
  checkInteger(name, 'maxScanTuples', maxScanTuples, 1, 2_147_483_647);
  checkInteger(name, 'statementTimeoutMs', statementTimeoutMs, 1, 2_147_483_647);
  let checked: TableShape | undefined;
  let closed = false;

  return {
    name,
    input: 'vector',
    async search({ query, depth, filter, tenant, signal }: CandidateRequest) {
      signal?.throwIfAborted();
      if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
      if (tenant !== undefined) {
        refuse('invalid-options', 'A tenant is named and the source is not multi-tenant.', 'Leave it out.');
      }
      checkInteger(name, 'depth', depth, 1, 1_000_000);
      checkQueryVector(query.vector, metric, name);
      const { vector } = query;
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      const settings = searchSettings({
        search,
        depth,
        filtered: condition !== undefined,
        efSearch,
        iterativeScan,
        maxScanTuples,
        statementTimeoutMs,
      });
      try {
        return await inTransaction(client, { settings, access: 'read', signal }, async (run) => {
          let shape = checked ?? (await shapeOf(run));
          checkDimensions(vector.length, shape.dimensions, table);
          const vectorType = shape.columns.get(table.columns.vector)!;
          const statement = searchStatement({
            table,
            metric,
            vectorType,
            vector,
            depth,
            filter: condition,
            withTable: shape.marker !== undefined,
          });
          let rows = await run(statement);
          if (search === 'hnsw' && rows.length < depth) {
            for (const text of exactScan) await run({ text });
            rows = await run(statement);
          }
          // Another table of the same name, and perhaps a half-filled one, has taken the place of the one checked before.
          if (checked?.marker && rows[0]?.['table'] !== shape.oid) shape = await shapeOf(run);
          checked = shape;
          return candidatesOf(rows, metric, name);
        });
      } catch (error) {
        // The table may have been dropped or changed since; the next search looks again.
        checked = undefined;
        throw pgvectorError(error, name, signal);
      }
    },
    async close() {
      closed = true;
    },
  };

  async function shapeOf(run: RunStatement): Promise<TableShape> {
    const shape = await inspectTable(run, table);
    if (shape === undefined) {
      return refuse(
        'source-not-found',
        `There is no table ${table.table}.`,
        'Index documents first, or name another.',
      );
    }
    checkColumns(shape, table);
    const { marker } = shape;
    if (marker && !marker.whole) {
      refuse(
        'source-incomplete',
        `The first filling of ${table.table} has not finished.`,
        'Run indexing again; it goes on where it stopped.',
      );
    }
    if (marker && marker.metric !== metric && search === 'hnsw') {
      refuse(
        'invalid-options',
        `metric is "${metric}" and ${table.table} was indexed for "${marker.metric}".`,
        'Use the same metric, or search: "exact".',
      );
    }
    return shape;
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  }
}
