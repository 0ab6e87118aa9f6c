const literalNames: readonly RegExp[] = [
  /\b(?:table|collection(?:_name)?|index|alias)(?::| =| of \[)\s*['"`](\w[^'"`$]*)['"`]/g,
  /\b(?:deleteCollection|createCollection|recreateCollection|upsert)\(\s*['"`](\w[^'"`$]*)['"`]/g,
  /\b(?:DROP|CREATE|ALTER|TRUNCATE)(?: (?:TEMP|UNIQUE))?(?: (?:TABLE|VIEW|SCHEMA|DATABASE|ROLE))(?: IF(?: NOT)? EXISTS)? (?!IF\b)"*(\w+)(?!\w|\$\{)/g,
  /\b(?:TRUNCATE|DELETE FROM|INSERT INTO) (?!TABLE)"*(\w+)(?!\w|\$\{)/g,
];

/**
 * Finds the names of tables, collections and indices that a program says literally. On a server that others use such a
 * name may be theirs, so tests and benches make up each name. `nowhere` names what is never there, and a database in a
 * directory of the test's own or in memory is nobody else's.
 *
 * @returns the lines with such names, trimmed
 */
export function findTakenNames(code: string): string[] {
  return code.split('\n').flatMap((line, index, lines) => {
    const around = lines.slice(Math.max(0, index - 2), index + 3).join('\n');
    if (/\bdirectory\b|memory: true/.test(around)) return [];
    const found = literalNames.some((pattern) =>
      [...line.matchAll(pattern)].some(([, name]) => name !== 'nowhere'),
    );
    return found ? [line.trim()] : [];
  });
}
