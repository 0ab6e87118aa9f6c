import type { QueryRows } from '../../adapters/with-postgres.ts';

export interface CatalogColumn {
  readonly name: string;
  /** Without modifiers, such as `vector` or `int4`. */
  readonly type: string;
  /** The length of a vector, if the column fixes it. */
  readonly dimensions: number | null;
  readonly required: boolean;
}

export interface CatalogIndex {
  /** `hnsw`, `ivfflat`, `btree` … */
  readonly method: string;
  readonly primary: boolean;
  readonly unique: boolean;
  /** Empty for an index of an expression. */
  readonly columns: readonly string[];
  /** The operator class of the first column, such as `vector_cosine_ops`. */
  readonly operators: string;
  readonly expression: string | null;
}

export interface CatalogTable {
  readonly schema: string;
  readonly table: string;
  /** Whether the table is found without its schema. */
  readonly visible: boolean;
  /** The planner's estimate; -1 if the table was never analyzed. */
  readonly rows: number;
  readonly comment: string | null;
  readonly columns: readonly CatalogColumn[];
  readonly indexes: readonly CatalogIndex[];
}

/** Every readable table and view with a vector column. Partitions appear as part of their table. */
const statement = `
SELECT namespace.nspname AS schema, class.relname AS table, pg_table_is_visible(class.oid) AS visible,
  class.reltuples::float8 AS rows, obj_description(class.oid, 'pg_class') AS comment,
  (SELECT json_agg(json_build_object(
      'name', attname, 'type', typname, 'required', attnotnull,
      'dimensions', CASE WHEN typname IN ('vector', 'halfvec') AND atttypmod > 0 THEN atttypmod END
    ) ORDER BY attnum)
    FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped) AS columns,
  (SELECT coalesce(json_agg(json_build_object(
      'method', amname, 'primary', indisprimary, 'unique', indisunique, 'operators', opcname,
      'expression', pg_get_expr(indexprs, indrelid),
      'columns', (SELECT coalesce(json_agg(attname ORDER BY place), '[]')
        FROM unnest(indkey[0:indnkeyatts - 1]) WITH ORDINALITY AS key(number, place)
        JOIN pg_attribute ON attrelid = indrelid AND attnum = number)
    ) ORDER BY indexrelid), '[]')
    FROM pg_index JOIN pg_class index ON index.oid = indexrelid JOIN pg_am ON pg_am.oid = index.relam
    JOIN pg_opclass ON pg_opclass.oid = indclass[0]
    WHERE indrelid = class.oid AND indisvalid AND indpred IS NULL) AS indexes
FROM pg_class class JOIN pg_namespace namespace ON namespace.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
  AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
  AND has_schema_privilege(namespace.oid, 'USAGE') AND has_table_privilege(class.oid, 'SELECT')
  AND EXISTS (SELECT FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped AND typname IN ('vector', 'halfvec'))
ORDER BY visible DESC, schema, class.relname`;

export async function readCatalog(query: QueryRows): Promise<readonly CatalogTable[]> {
  return (await query(statement)) as unknown as readonly CatalogTable[];
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export interface TableSample {
  /** Average number of characters per text column, over a hundred rows. */
  readonly lengths: ReadonlyMap<string, number>;
  /** Length of a vector, by column. */
  readonly dimensions: ReadonlyMap<string, number>;
}

/** Samples some rows: finds the lengths of texts, and of vectors if the column does not fix them. */
export async function sampleTable(
  query: QueryRows,
  { schema, table }: CatalogTable,
  columns: { readonly texts: readonly string[]; readonly vectors: readonly string[] },
): Promise<TableSample> {
  const parts = [
    ...columns.texts.map(
      (name, place) => `round(avg(length(${quoted(name)}::text)))::int AS "text ${place}"`,
    ),
    ...columns.vectors.map((name, place) => `max(vector_dims(${quoted(name)})) AS "vector ${place}"`),
  ];
  const of = (row: Readonly<Record<string, unknown>> | undefined, kind: string, names: readonly string[]) =>
    new Map(
      names.flatMap((name, place) => {
        const value = row?.[`${kind} ${place}`];
        return typeof value === 'number' ? [[name, value] as const] : [];
      }),
    );
  const [row] =
    parts.length === 0
      ? []
      : await query(
          `SELECT ${parts.join(', ')} FROM (SELECT * FROM ${quoted(schema)}.${quoted(table)} LIMIT 100) AS sample`,
        );
  return { lengths: of(row, 'text', columns.texts), dimensions: of(row, 'vector', columns.vectors) };
}
