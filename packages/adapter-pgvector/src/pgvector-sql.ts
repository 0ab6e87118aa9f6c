import type { PgvectorMetric, PgvectorTable } from './pgvector-options.ts';

/** Distance operator and index operator class of each metric, as pgvector names them. */
export const metrics: Readonly<Record<PgvectorMetric, { operator: string; operatorClass: string }>> = {
  cosine: { operator: '<=>', operatorClass: 'cosine_ops' },
  'inner-product': { operator: '<#>', operatorClass: 'ip_ops' },
  l2: { operator: '<->', operatorClass: 'l2_ops' },
};

/** A name as PostgreSQL reads it verbatim: `my "table"` → `"my ""table"""`. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string constant, whatever `standard_conforming_strings` says. For the few places that take no parameter. */
export function quoteLiteral(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export function quoteTable({ schema, relation }: Pick<PgvectorTable, 'schema' | 'relation'>): string {
  return (schema === undefined ? [relation] : [schema, relation]).map(quoteIdentifier).join('.');
}

/** pgvector's text form: `[0.5,1]`. */
export function vectorText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}
