import type { PgvectorMetric } from './pgvector-options.ts';
import type { PgvectorTable } from './resolve-table.ts';

/** Distance operator and index operator class of each metric, as pgvector names them. */
export const metrics: Readonly<Record<PgvectorMetric, { operator: string; operatorClass: string }>> = {
  cosine: { operator: '<=>', operatorClass: 'cosine_ops' },
  'inner-product': { operator: '<#>', operatorClass: 'ip_ops' },
  l2: { operator: '<->', operatorClass: 'l2_ops' },
};

/** A quoted name, which PostgreSQL reads verbatim: `my "table"` → `"my ""table"""`. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string constant that is right for any `standard_conforming_strings`. For the few places that take no parameter. */
export function quoteLiteral(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export function quoteTable({ schema, relation }: Pick<PgvectorTable, 'schema' | 'relation'>): string {
  return (schema === undefined ? [relation] : [schema, relation]).map(quoteIdentifier).join('.');
}

/**
 * pgvector's text form: `[0.500000000,1.00000000]`. Nine digits distinguish all float32 values; `join` would write
 * more, which doubles the time to print, send and parse.
 */
export function vectorText(vector: Float32Array): string {
  let text = '';
  for (const value of vector) text += `,${value.toPrecision(9)}`;
  return `[${text.slice(1)}]`;
}

/** SQL of a text search configuration as a constant, which an index expression needs. */
export function regconfig(language: string): string {
  return `${quoteLiteral(quoteIdentifier(language))}::regconfig`;
}
