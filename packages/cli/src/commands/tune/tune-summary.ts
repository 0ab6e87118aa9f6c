import { adviceInWords, describeSetting, type TuningResult } from '@secondpass/tuning';
import Table from 'cli-table3';
import { noBorders } from '../../output/no-borders.ts';
import type { Terminal } from '../../output/terminal.ts';
import { milliseconds } from '../../output/timings-line.ts';

/** The Pareto front with the setting in use and the advised one, and the advice in words. */
export function tuneSummary(result: TuningResult, terminal: Terminal): string {
  const { settings, front, current, advice, stage1, measure } = result;
  const shown = [...new Set([...front, current, ...(advice ? [advice.setting] : [])])].sort(
    (a, b) => settings[a]!.p50Ms - settings[b]!.p50Ms || a - b,
  );
  const table = new Table({
    head: ['setting', measure.label, 'above stage 1', 'p50', 'p95', ''].map((head) =>
      terminal.style('dim', head),
    ),
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    chars: noBorders,
    style: { head: [], border: [] },
  });
  table.push(['stage 1 alone', stage1.quality.mean.toFixed(3), '', '', '', '']);
  for (const index of shown) {
    const one = settings[index]!;
    const marks = [
      ...(index === current ? ['in use'] : []),
      ...(index === advice?.setting ? [terminal.style('green', 'advised')] : []),
    ];
    table.push([
      describeSetting(one),
      one.quality.toFixed(3),
      `${one.gain.mean < 0 ? '−' : '+'}${Math.abs(one.gain.mean).toFixed(3)}`,
      milliseconds(one.p50Ms),
      milliseconds(one.p95Ms),
      marks.join(', '),
    ]);
  }
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return [...lines, '', terminal.style('bold', adviceInWords(result)), ...expectation(result)].join('\n');
}

function expectation({ advice, measure }: TuningResult): readonly string[] {
  if (!advice) return [];
  const [seen, unseen] = [advice.inSample.quality, advice.unseen.quality];
  const say = ({ mean, low, high }: typeof seen) =>
    `${mean.toFixed(3)} (95 %: ${low.toFixed(3)} to ${high.toFixed(3)})`;
  return [
    `${measure.label} on the queries that chose it: ${say(seen)}; expected on other queries: ${say(unseen)}`,
  ];
}
