import { payloadField, placePayload } from './payload-place.ts';
import type { Statement } from './pgvector-request.ts';
import { quoteTable } from './pgvector-sql.ts';
import type { TableShape } from './pgvector-table.ts';
import type { PgvectorTable } from './resolve-table.ts';
import { tenantCondition } from './tenant-condition.ts';

/** Comparing this many rows takes about a quarter of a second, on a table that is in memory. */
const mostCompared = 50_000;
/** For a table whose number of rows is not known. */
const usuallyCompared = 2000;

/** How long a count is believed, in milliseconds: it decides how long a search takes, and not what it finds. */
const believedMs = 60_000;
/** How many tenants' counts are kept. */
const mostKept = 10_000;

/** Finds out whether a tenant is small, by one statement before a search. */
export interface TenantSizing {
  /** Turns index scans by vector off for the rest of the transaction if the tenant is small; its row has `scan`. */
  readonly statement: Statement;
  /** @param rows of the statement */
  isSmall(rows: readonly Readonly<Record<string, unknown>>[]): boolean;
}

/**
 * Which tenants are small: comparing with each of their passages is faster than an index over all tenants' passages, and
 * exact. A tenant's passages are counted up to a limit, at most once a minute.
 *
 * An index over all tenants reads about `depth` × rows ÷ (the tenant's rows) to find `depth` of one tenant. A row read there was
 * measured to take over ten times as long as one that is compared, so the two are equal at about 4 × √(depth × rows); below that
 * the index also finds fewer of the nearest.
 */
export class TenantSizes {
  readonly #table: PgvectorTable;
  readonly #known = new Map<string, { readonly small: boolean; readonly until: number }>();

  constructor(table: PgvectorTable) {
    this.#table = table;
  }

  /** @returns undefined where the tenant is large, or where nothing finds a tenant's rows, and counting would read the whole table */
  sizing(shape: TableShape, tenant: string, depth: number): TenantSizing | undefined {
    const { tenantField } = this.#table;
    if (tenantField === undefined || !isFound(this.#table, shape, tenantField)) return undefined;
    const key = `${shape.oid} ${depth} ${tenant}`;
    const known = this.#known.get(key);
    if (known && known.until > performance.now()) {
      return known.small ? { statement: withoutIndex, isSmall: () => true } : undefined;
    }
    return {
      statement: this.#count(shape, tenant, depth, tenantField),
      isSmall: ([row]) => {
        const small = row?.['scan'] === 'off';
        if (this.#known.size >= mostKept) this.#known.clear();
        this.#known.set(key, { small, until: performance.now() + believedMs });
        return small;
      },
    };
  }

  #count(shape: TableShape, tenant: string, depth: number, tenantField: string): Statement {
    const values: unknown[] = [];
    const addParameter = (value: unknown) => `$${values.push(value)}`;
    const placed = { ...placePayload(this.#table, shape), tenantField };
    const condition = tenantCondition(tenant, placed, addParameter);
    const most = `${addParameter(mostToCompare(depth, shape.rows))}::int`;
    return {
      text: [
        `SELECT set_config('enable_indexscan', CASE WHEN count(*) < ${most} THEN 'off' ELSE 'on' END, true) AS scan`,
        `FROM (SELECT FROM ${quoteTable(this.#table)} WHERE ${condition} LIMIT ${most}) AS passages`,
      ].join('\n'),
      values,
    };
  }
}

const withoutIndex: Statement = {
  text: "SELECT set_config('enable_indexscan', 'off', true) AS scan",
  values: [],
};

/** Up to how many passages a tenant's are compared one by one. */
export function mostToCompare(depth: number, rows: number | undefined): number {
  if (rows === undefined) return Math.max(usuallyCompared, depth);
  return Math.max(depth, Math.min(mostCompared, Math.round(4 * Math.sqrt(depth * rows))));
}

/** Whether an index finds the rows of a tenant: the writer's own, or one of a column of its own. */
function isFound(table: PgvectorTable, shape: TableShape, tenantField: string): boolean {
  if (shape.marker) return shape.marker.whole;
  const { column } = payloadField(placePayload(table, shape).payload, tenantField);
  return column !== undefined && shape.indexed.has(column.name);
}
