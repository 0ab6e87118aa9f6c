import type { QueryRows } from '../../adapters/with-postgres.ts';
import { count } from '../../output/count.ts';
import type { FoundPlace } from '../found-place.ts';
import { type CatalogTable, readCatalog, sampleTable } from './postgres-catalog.ts';
import { tableDetails } from './postgres-table.ts';
import { isText, isVector } from './postgres-types.ts';

/** Opens a connection, asks, and closes it. */
export type WithQuery = <T>(work: (query: QueryRows) => Promise<T>, signal: AbortSignal) => Promise<T>;

/** Every table with vectors. */
export async function postgresPlaces(
  withQuery: WithQuery,
  signal: AbortSignal,
): Promise<readonly FoundPlace[]> {
  const tables = await withQuery(readCatalog, signal);
  // A dot separates schema and table, so a name that contains a dot cannot be written.
  const writable = tables.filter(({ schema, table }) => !`${schema}${table}`.includes('.'));
  return writable.map((table) => placeOf(table, withQuery));
}

function placeOf(table: CatalogTable, withQuery: WithQuery): FoundPlace {
  const alias = `${table.schema}.${table.table}`;
  const name = table.visible ? table.table : alias;
  const vectors = table.columns.filter(isVector);
  const sizes = vectors.map(
    ({ name: column, type, dimensions }) => `${column} ${type}(${dimensions ?? 'of any length'})`,
  );
  const rows = table.rows < 0 ? [] : [`about ${count(Math.round(table.rows), 'row')}`];
  return {
    name,
    aliases: [alias],
    hint: [...rows, ...sizes].join(', '),
    async details(signal) {
      const columns = {
        texts: table.columns.filter(isText).map((column) => column.name),
        vectors: vectors.filter(({ dimensions }) => dimensions === null).map((column) => column.name),
      };
      const sample = await withQuery((query) => sampleTable(query, table, columns), signal);
      return tableDetails(table, sample, name);
    },
  };
}
