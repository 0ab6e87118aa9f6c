import {
  type Candidate,
  type CandidateRequest,
  type CandidateSource,
  type FetchRequest,
  type Filter,
  type Payload,
  parseFilter,
  type Query,
  RetrievalError,
} from '@secondpass/core';
import { checkCandidateRequest, checkFetchRequest } from '@secondpass/core/extend';
import { documentsInOrder, fetchStatement } from './fetch-statement.ts';
import { pgvectorError } from './pgvector-error.ts';
import type { PgvectorSourceOptions } from './pgvector-options.ts';
import type { Statement } from './pgvector-request.ts';
import type { SearchRow } from './pgvector-response.ts';
import { type TableShape, usableShape } from './pgvector-table.ts';
import { inTransaction } from './pgvector-transaction.ts';
import type { PgvectorTable } from './resolve-table.ts';
import { statementNames } from './statement-names.ts';
import { checkTenant } from './tenant-guard.ts';

/** One request, with everything about it checked that can be without the table. */
export interface CheckedRequest {
  readonly query: Query;
  readonly depth: number;
  readonly filter?: Filter | undefined;
  readonly tenant?: string | undefined;
}

/** What makes one way of searching different from another. */
export interface SearchMethod {
  readonly input: CandidateSource['input'];
  readonly similarity?: CandidateSource['similarity'];
  readonly needs: readonly (keyof PgvectorTable['columns'])[];
  readonly preparedStatements: boolean;
  /** @throws RetrievalError `invalid-query` */
  checkQuery(query: Query): void;
  /** Settings of the transaction that the search runs in. */
  settings(request: CheckedRequest): readonly string[];
  /** @throws RetrievalError when table and request do not fit */
  statement(request: CheckedRequest, shape: TableShape): Statement;
  /** Settings under which the same statement misses nothing; undefined where it misses nothing as it is. */
  readonly exactSettings?: readonly string[] | undefined;
  /** What to do where it found less than was asked for. @default 'exact' for a table of ours, else 'accept' */
  readonly whenShort?: PgvectorSourceOptions['whenShort'] | undefined;
  /** The server's limit for one statement, in milliseconds. */
  readonly statementTimeoutMs: number;
  candidates(rows: readonly SearchRow[]): readonly Candidate[];
}

/** A source over one table. What it has learnt of the table is kept from search to search, until one fails. */
export function searchingSource<P extends object = Payload>(
  table: PgvectorTable,
  method: SearchMethod,
): CandidateSource<P> {
  const { client, name } = table;
  const nameOf = statementNames(method.preparedStatements);
  // Looking at the table is a statement too, and so is the search; the rest is for the network.
  const limitMs = Math.min(2_147_483_647, 2 * method.statementTimeoutMs + 5000);
  let known: TableShape | undefined;
  let closed = false;

  const checkOpen = (): void => {
    if (!closed) return;
    throw new RetrievalError({
      code: 'closed',
      origin: name,
      problem: 'The source is closed.',
      nextStep: 'Make a new one.',
    });
  };

  return {
    name,
    input: method.input,
    similarity: method.similarity,
    async search(request: CandidateRequest) {
      checkCandidateRequest(request, name);
      const { query, depth, filter, tenant, signal, onDegraded } = request;
      signal?.throwIfAborted();
      checkOpen();
      checkTenant(tenant, table);
      method.checkQuery(query);
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      try {
        const { rows, unchecked } = await rowsFor({ query, depth, filter: condition, tenant }, signal);
        const candidates = method.candidates(rows);
        if (unchecked) onDegraded?.({ stage: 'search', reason: shortBy(candidates.length, depth) });
        return candidates as readonly Candidate<P>[];
      } catch (error) {
        // The table may have been dropped or changed since; the next search looks again.
        known = undefined;
        throw pgvectorError(error, name, signal);
      }
    },
    async fetch(request: FetchRequest) {
      checkFetchRequest(request, name);
      const { ids, filter, tenant, signal } = request;
      signal?.throwIfAborted();
      checkOpen();
      checkTenant(tenant, table);
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      const settings = [`SET LOCAL statement_timeout = ${method.statementTimeoutMs}`];
      try {
        const rows = await inTransaction(
          client,
          { settings, access: 'read', signal, limitMs },
          async (run) => {
            const shape = await usableShape(run, table, ['id', 'text', 'payload']);
            return run(fetchStatement(table, shape, { ids, filter: condition, tenant }));
          },
        );
        return documentsInOrder(ids, rows, name);
      } catch (error) {
        throw pgvectorError(error, name, signal);
      }
    },
    async close() {
      closed = true;
    },
  };

  async function rowsFor(
    request: CheckedRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly rows: readonly SearchRow[]; readonly unchecked: boolean }> {
    const settings = method.settings(request);
    const { exactSettings } = method;
    let shape = known;
    let rows = shape && (await ask(settings, method.statement(request, shape), 'first', signal));
    // Another table of the same name, and perhaps a half-filled one, may have taken the place of the one known.
    if (!shape || !rows || (shape.marker && rows[0]?.['table'] !== shape.oid)) {
      const options = { settings, access: 'read', signal, limitMs } as const;
      [shape, rows] = await inTransaction(client, options, async (run) => {
        const found = await usableShape(run, table, method.needs);
        return [found, await run(method.statement(request, found))] as const;
      });
    }
    const short = exactSettings !== undefined && rows.length < request.depth;
    const whenShort = method.whenShort ?? (shape.marker ? 'exact' : 'accept');
    if (short && whenShort === 'exact') {
      rows = await ask(exactSettings, method.statement(request, shape), 'exact', signal);
    }
    known = shape;
    return { rows, unchecked: short && whenShort === 'accept' };
  }

  /** Quotes nothing of the query. */
  function shortBy(found: number, depth: number): string {
    return `${name}: the index found ${found} of ${depth} candidates, and whether there are more was not checked (whenShort is "accept").`;
  }

  function ask(
    settings: readonly string[],
    statement: Statement,
    mode: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly SearchRow[]> {
    return inTransaction(client, { settings, access: 'read', signal, limitMs }, (run) =>
      run({ ...statement, name: nameOf(statement.text, mode), last: true }),
    );
  }
}
