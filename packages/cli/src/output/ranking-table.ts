import type { Hit } from '@secondpass/core';
import Table from 'cli-table3';
import { noBorders } from './no-borders.ts';
import { fitInto, printable } from './printable.ts';
import { movement, type RankingRow, snippetOf, titleOf } from './ranking-row.ts';
import type { Terminal } from './terminal.ts';

/** Heads and widths of the columns before the passage. The first three are ranks, the next two scores. */
const columns = { 'stage 2': 9, moved: 8, 'stage 1': 9, 'score 2': 9, 'score 1': 9 };

/** The stage-2 order next to the stage-1 order, two lines per passage. */
export function rankingTable(query: string, rows: readonly RankingRow[], terminal: Terminal): string {
  const widths = Object.values(columns);
  const passage = terminal.width - widths.reduce((sum, width) => sum + width, 0);
  const table = new Table({
    head: [...Object.keys(columns), 'passage'].map((head) => terminal.style('dim', head)),
    colWidths: [...widths, passage],
    colAligns: [...widths.map(() => 'right' as const), 'left'],
    chars: noBorders,
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push(cells(row, query, passage - 2, terminal));
  const [head, ...body] = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const rule = terminal.style('dim', '─'.repeat(terminal.width));
  return [rule, head, rule, ...body, rule].join('\n');
}

function cells(row: RankingRow, query: string, width: number, terminal: Terminal): string[] {
  const moved = movement(row);
  const color = moved.startsWith('↑') ? 'green' : moved.startsWith('↓') ? 'red' : 'dim';
  return [
    terminal.style('bold', String(row.rank)),
    terminal.style(color, moved),
    String(row.candidate.rank),
    row.score.toFixed(4),
    row.candidate.score.toFixed(3),
    [
      terminal.style('bold', fitInto(printable(titleOf(row.candidate)), width)),
      terminal.style('dim', fitInto(printable(snippetOf(row.candidate, query)), width)),
    ].join('\n'),
  ];
}

/** How many of the hits are not among the first hits of stage 1. */
export function risenLine(hits: readonly Hit[]): string {
  const risen = hits.filter(({ candidate }) => candidate.rank > hits.length).length;
  if (risen === 0) return `the first ${hits.length} of stage 1, read again`;
  return `${risen} of these ${hits.length} ${risen === 1 ? 'was' : 'were'} not among the first ${hits.length} of stage 1`;
}

/** The new ranks of passages that were first in stage 1 and are not among the shown hits, one per line. */
export function droppedLines(hits: readonly Hit[], shown: number, terminal: Terminal): readonly string[] {
  return hits
    .slice(shown)
    .filter(({ candidate }) => candidate.rank <= 3)
    .sort((a, b) => a.candidate.rank - b.candidate.rank)
    .map((hit) => {
      const text = `Stage 1 had ${printable(titleOf(hit.candidate))}`;
      const places = ` at ${hit.candidate.rank}, stage 2 has it at ${hit.rank}`;
      return terminal.style('dim', ` ${fitInto(text, terminal.width - places.length - 1)}${places}`);
    });
}

export function rowOf({ candidate, rank, score }: Hit): RankingRow {
  return { candidate, rank, score };
}
