/** Bytes of one INSERT. PostgreSQL accepts a gigabyte, but needs several times as much memory to parse it. */
export const largestStatement = 8_000_000;

/**
 * Rows for one INSERT each, in order, of at most {@link largestStatement} bytes; a larger row gets a statement of its own.
 *
 * @param bytesOf bytes of a row's large column
 * @param mostRows rows of one statement
 */
export function inStatements<Row>(
  rows: readonly Row[],
  bytesOf: (row: Row) => number,
  mostRows = Number.POSITIVE_INFINITY,
): readonly Row[][] {
  const statements: Row[][] = [];
  let room = 0;
  for (const row of rows) {
    const bytes = bytesOf(row);
    const last = statements.at(-1);
    if (last && bytes <= room && last.length < mostRows) {
      last.push(row);
      room -= bytes;
    } else {
      statements.push([row]);
      room = largestStatement - bytes;
    }
  }
  return statements;
}
