import { describe, expect, test } from '@jest/globals';
import type { Hit } from '@secondpass/core';
import { fitInto, printable } from '../src/output/printable.ts';
import { droppedLines, rankingTable, rowOf } from '../src/output/ranking-table.ts';
import { Terminal } from '../src/output/terminal.ts';
import { Secrets } from '../src/secrets.ts';

function terminal(
  columns: number | undefined,
  isTTY = false,
  environment: Record<string, string> = {},
): Terminal {
  const stream = { columns, isTTY, write: () => true };
  return new Terminal({ json: false, out: stream, err: stream, secrets: new Secrets(), environment });
}

const hit = (rank: number, stage1: number, text: string, payload?: Record<string, unknown>): Hit => ({
  rank,
  score: 1 / rank,
  candidate: { id: `id${stage1}`, rank: stage1, score: 0.5, text, ...(payload && { payload }) },
});

const hits = [
  hit(1, 12, 'Guide › Rotate\nSecrets are rotated each night. Nothing else here.', {
    file: 'docs/guide.md',
    heading: 'Guide › Rotate',
  }),
  hit(2, 2, '漢字'.repeat(200), { title: 'Wide' }),
  hit(3, 1, `\u001b[31mred\u001b[0m\n${'long '.repeat(100)}`),
];

describe('the table of both stages', () => {
  test.each([60, 100, 120])('fits %i columns and says what moved', (columns) => {
    const lines = rankingTable('rotated secrets', hits.map(rowOf), terminal(columns)).split('\n');
    for (const line of lines) expect(fitInto(line, columns)).toBe(line);
    const text = lines.join('\n');
    expect(text).toMatch(/1 +↑ 11 +12 +1\.0000 +0\.500 {2}docs\/guide\.md/);
    expect(text).toMatch(/2 +=/);
    expect(text).toMatch(/3 +↓ {2}2 +1/);
    if (columns > 60) expect(text).toContain('Secrets are rotated each night.');
    expect(text).not.toContain('\u001b');
  });

  test('has colors on a terminal only, and none where NO_COLOR is set', () => {
    expect(rankingTable('q', hits.map(rowOf), terminal(100, true))).toContain('\u001b[');
    expect(rankingTable('q', hits.map(rowOf), terminal(100, true, { NO_COLOR: '1' }))).not.toContain(
      '\u001b[',
    );
  });

  test('is followed by what stage 1 had at the top', () => {
    expect(droppedLines(hits, 2, terminal(100))).toEqual([' Stage 1 had id1 at 1, stage 2 has it at 3']);
    expect(droppedLines(hits, 3, terminal(100))).toEqual([]);
  });
});

describe('text from a document', () => {
  test('cannot steer the terminal', () => {
    expect(printable('a\u001b[2Jb\u0007\u202Ec\n\td')).toBe('a[2Jbc d');
  });

  test('is cut by columns, not by characters', () => {
    expect(fitInto('漢字漢字', 5)).toBe('漢字…');
    expect(fitInto('👩‍👩‍👧 family', 6)).toBe('👩‍👩‍👧 fa…');
    expect(fitInto('short', 5)).toBe('short');
  });
});
