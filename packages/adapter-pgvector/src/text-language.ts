import { refuseOption } from './check-option.ts';
import { quoteIdentifier, quoteLiteral } from './pgvector-sql.ts';
import { isIdentifier } from './resolve-table.ts';

/** @throws RetrievalError `invalid-options` unless it is absent or can be the name of a text search configuration */
export function checkLanguage(origin: string, key: string, language: unknown): void {
  if (language === undefined || isIdentifier(language)) return;
  refuseOption(origin, key, language, 'a text search configuration such as "english", "german" or "simple"');
}

/** SQL of the configuration as a constant, which an index expression needs. */
export function regconfig(language: string): string {
  return `${quoteLiteral(quoteIdentifier(language))}::regconfig`;
}
