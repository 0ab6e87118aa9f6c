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
import { checkCandidateRequest, checkFetchRequest, checkTenant } from '@secondpass/core/extend';
import { documentsInOrder, fetchStatement } from './fetch-statement.ts';
import type { PgvectorPool } from './pgvector-client.ts';
import { pgvectorError } from './pgvector-error.ts';
import type { Statement } from './pgvector-request.ts';
import type { SearchRow } from './pgvector-response.ts';
import { type TableShape, usableShape } from './pgvector-table.ts';
import { type ReadOptions, replicatedRead } from './replicated-read.ts';
import type { PgvectorTable } from './resolve-table.ts';
import { statementNames } from './statement-names.ts';
import { longestTenant } from './tenant-condition.ts';
import type { TenantSizing } from './tenant-sizes.ts';

/** One request, checked as far as possible without the table. */
export interface CheckedRequest {
  readonly query: Query;
  readonly depth: number;
  readonly filter?: Filter | undefined;
  readonly tenant?: string | undefined;
}

/** Rows of a search, and the shape of the table that they are from. */
export interface AskedTable {
  readonly rows: readonly SearchRow[];
  readonly shape: TableShape;
  /** Whether every passage of the tenant was compared, because there are few. */
  readonly isTenantSmall: boolean;
}

/**
 * Runs one statement, which is made for the table as it is.
 *
 * @param settings of the transaction that the statement runs in
 * @param plan tells apart the plans that a connection keeps of one statement under different settings
 * @param sizing runs before it and says whether the tenant is small
 */
export type AskTable = (
  settings: readonly string[],
  statement: (shape: TableShape, isTenantSmall: boolean) => Statement,
  plan: 'index' | 'exact',
  sizing?: (shape: TableShape) => TenantSizing | undefined,
) => Promise<AskedTable>;

/** The parts that differ between searching by vector and by text. */
export interface SearchMethod {
  readonly input: CandidateSource['input'];
  readonly similarity?: CandidateSource['similarity'];
  /** Columns that a search reads. */
  readonly needs: readonly (keyof PgvectorTable['columns'])[];
  readonly preparedStatements: boolean;
  /** The server's limit for one statement, in milliseconds. */
  readonly statementTimeoutMs: number;
  readonly replicas: readonly PgvectorPool[] | undefined;
  /** @default 10_000 */
  readonly maxReplicaLagMs: number | undefined;
  /** `unchecked` where candidates may be missing that were not looked for. */
  search(
    request: CheckedRequest,
    ask: AskTable,
  ): Promise<{ readonly candidates: readonly Candidate[]; readonly unchecked: boolean }>;
}

/** A source over one table. The table's shape is cached between searches, until one fails. */
export function searchingSource<P extends object = Payload>(
  table: PgvectorTable,
  method: SearchMethod,
): CandidateSource<P> {
  const { client, name } = table;
  const { statementTimeoutMs, needs, replicas = [], maxReplicaLagMs = 10_000 } = method;
  const read = replicatedRead({ primary: client, replicas, maxReplicaLagMs, name });
  const nameOf = statementNames(method.preparedStatements);
  // Inspecting the table is one statement and the search another; the rest is for the network.
  const limitMs = Math.min(2_147_483_647, 2 * statementTimeoutMs + 5000);
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
      checkTenant(tenant, table, longestTenant);
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      try {
        const asked = { query, depth, filter: condition, tenant };
        const { candidates, unchecked } = await method.search(asked, (...ask) =>
          askTable({ signal, onDegraded: onDegraded ?? ignore }, ...ask),
        );
        if (unchecked) onDegraded?.({ stage: 'search', reason: shortBy(candidates.length, depth) });
        return candidates as readonly Candidate<P>[];
      } catch (error) {
        // The table may have been dropped or changed since; the next search inspects it again.
        known = undefined;
        throw pgvectorError(error, name, signal);
      }
    },
    async fetch(request: FetchRequest) {
      checkFetchRequest(request, name);
      const { ids, filter, tenant, signal } = request;
      signal?.throwIfAborted();
      checkOpen();
      checkTenant(tenant, table, longestTenant);
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      const settings = [`SET LOCAL statement_timeout = ${statementTimeoutMs}`];
      try {
        const rows = await read({ settings, signal, limitMs }, async (run) => {
          const shape = await usableShape(run, table, ['id', 'text', 'payload']);
          return run(fetchStatement(table, shape, { ids, filter: condition, tenant }));
        });
        return documentsInOrder(ids, rows, name);
      } catch (error) {
        throw pgvectorError(error, name, signal);
      }
    },
    async close() {
      closed = true;
    },
  };

  async function askTable(
    caller: Pick<ReadOptions, 'signal' | 'onDegraded'>,
    ...[settings, statementFor, plan, sizing]: Parameters<AskTable>
  ): Promise<AskedTable> {
    const options = { settings, limitMs, ...caller };
    const named = (statement: Statement, how: string) => ({
      ...statement,
      name: nameOf(statement.text, how),
    });
    if (known) {
      const shape = known;
      const size = sizing?.(shape);
      const asked = await read(options, async (run) => {
        const isTenantSmall = size ? size.isSmall(await run(named(size.statement, 'size'))) : false;
        const statement = named(statementFor(shape, isTenantSmall), isTenantSmall ? 'exact' : plan);
        return { rows: await run({ ...statement, last: true }), shape, isTenantSmall };
      });
      // Another table under the same name, perhaps half-filled, may have replaced the known one. An exact
      // scan follows a search that has looked.
      const isSame = !shape.marker || plan === 'exact' || asked.rows[0]?.['table'] === shape.oid;
      if (isSame) return asked;
    }
    const found = await read(options, async (run) => {
      const shape = await usableShape(run, table, needs);
      const size = sizing?.(shape);
      const isTenantSmall = size ? size.isSmall(await run(size.statement)) : false;
      return { shape, isTenantSmall, rows: await run(statementFor(shape, isTenantSmall)) };
    });
    known = found.shape;
    return found;
  }

  /** Contains nothing of the query. */
  function shortBy(found: number, depth: number): string {
    return `${name}: the index found ${found} of ${depth} candidates, and whether there are more was not checked (whenShort is "accept").`;
  }
}

function ignore(): void {}
