/**
 * The packages of an embedded database, with versions: pgvector's build requires one version of PGlite, often not the
 * newest.
 */
export const pglitePackages = [
  '@electric-sql/pglite@0.5.14',
  '@electric-sql/pglite-pgvector@0.0.15',
] as const;
