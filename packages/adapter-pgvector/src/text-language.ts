import { quoteIdentifier, quoteLiteral } from './pgvector-sql.ts';

/** SQL of the configuration as a constant, which an index expression needs. */
export function regconfig(language: string): string {
  return `${quoteLiteral(quoteIdentifier(language))}::regconfig`;
}
