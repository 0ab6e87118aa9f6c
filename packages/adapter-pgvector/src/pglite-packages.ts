/**
 * What installs an embedded database. With versions: pgvector's build names the one version of PGlite that it is for, and the
 * newest is often another.
 */
export const pglitePackages = [
  '@electric-sql/pglite@0.5.14',
  '@electric-sql/pglite-pgvector@0.0.15',
] as const;
