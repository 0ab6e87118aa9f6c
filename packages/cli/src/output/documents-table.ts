import type { Hit } from '@secondpass/core';
import Table from 'cli-table3';
import type { GivenDocument } from '../documents-file.ts';
import { noBorders } from './no-borders.ts';
import { fitInto, printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

const columns = { rank: 6, score: 9, id: 20 };

/** Reranked documents, one line each; a document without an id is shown by its place in the input. */
export function documentsTable(
  hits: readonly Hit[],
  documents: readonly GivenDocument[],
  terminal: Terminal,
): string {
  const widths = Object.values(columns);
  const text = terminal.width - widths.reduce((sum, width) => sum + width, 0);
  const table = new Table({
    head: [...Object.keys(columns), 'document'].map((head) => terminal.style('dim', head)),
    colWidths: [...widths, text],
    colAligns: ['right', 'right', 'left', 'left'],
    chars: noBorders,
    style: { head: [], border: [] },
  });
  for (const { rank, score, candidate } of hits) {
    const id = documents[candidate.rank - 1]!.id ?? `#${candidate.rank}`;
    table.push([
      terminal.style('bold', String(rank)),
      score.toFixed(4),
      fitInto(printable(String(id)), columns.id - 2),
      fitInto(printable(candidate.text), text - 2),
    ]);
  }
  return table.toString();
}
