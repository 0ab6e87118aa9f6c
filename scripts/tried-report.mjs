import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What hostile tests noted in a folder (see note-tried.ts), in the order of the table.
 *
 * @param {string} folder
 * @returns {{ kind: string, where: string, count: number }[]}
 */
export function triedRows(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
    .sort((a, b) => (`${a.kind} ${a.where}` < `${b.kind} ${b.where}` ? -1 : 1));
}

/**
 * The rows of the table in docs/threats.md: `| faults | PGlite | 40 |`.
 *
 * @param {string} markdown
 * @returns {{ kind: string, where: string, count: number }[]}
 */
export function documentedRows(markdown) {
  const rows = markdown.matchAll(/^\| (bad inputs|faults|filters × tenants) \| (.+?) \| ([\d,]+) \|/gm);
  return [...rows].map(([, kind, where, count]) => ({
    kind,
    where,
    count: Number(count.replaceAll(',', '')),
  }));
}

/**
 * What the documentation says and the run did not do: a row that claims more, and one that ran and is not told.
 *
 * @returns {string[]} a line for each
 */
export function misstated(rows, documented) {
  return rows.flatMap(({ kind, where, count }) => {
    const told = documented.find((row) => row.kind === kind && row.where === where);
    if (!told) return [`docs/threats.md does not tell of ${count} ${kind} (${where}).`];
    if (told.count <= count) return [];
    return [`docs/threats.md tells of ${told.count} ${kind} (${where}), and ${count} ran.`];
  });
}

/** The rows as a table for a terminal. */
export function triedTable(rows) {
  const width = Math.max(...rows.map(({ where }) => where.length));
  return rows
    .map(
      ({ kind, where, count }) =>
        `${kind.padEnd(17)}  ${where.padEnd(width)}  ${count.toLocaleString('en').padStart(7)}`,
    )
    .join('\n');
}
