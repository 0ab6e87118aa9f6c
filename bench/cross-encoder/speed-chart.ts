import type { BenchReport } from './measure-all.ts';
import type { CellRow } from './measure-cell.ts';
import { milliseconds } from './report-table.ts';

const width = 1120;
const panelWidth = 530;
const labelWidth = 190;
const barHeight = 18;
const barStep = 24;
const colors = { ours: '#0b6e4f', bare: '#8fb8a8', peer: '#8a94a6', text: '#1c2430', grid: '#d9dee6' };
const labels: Readonly<Record<string, string>> = {
  ours: 'secondpass',
  'bare-session': 'bare ONNX session',
  'transformers.js-32': 'transformers.js, batch 32',
  'transformers.js-1': 'transformers.js, one by one',
  'transformers.js-best': 'transformers.js, best batch',
  'sentence-transformers-torch': 'sentence-transf. torch',
  'sentence-transformers-onnx': 'sentence-transf. ONNX',
  'sentence-transformers-openvino': 'sentence-transf. OpenVINO',
  flashrank: 'FlashRank',
  fastembed: 'fastembed',
  infinity: 'Infinity',
};

/**
 * A panel per shape and precision with the best times on W1 as bars from zero, each panel on its own scale. The chart
 * brings its own light ground, so that it reads on a dark page too.
 */
export function speedChart({ rows, machine, measured, cores, loadBefore }: BenchReport): string {
  const onW1 = rows.filter(({ workload }) => workload === 'W1');
  const shapes = [...new Set(onW1.map(({ shape }) => shape))];
  const precisions = [...new Set(onW1.map(({ precision }) => precision))];
  const isBusy = loadBefore >= 0.5;
  let top = isBusy ? 106 : 84;
  const panels: string[] = [];
  for (const shape of shapes) {
    const line = precisions.map((precision) =>
      onW1.filter((row) => row.shape === shape && row.precision === precision),
    );
    for (const [column, bars] of line.entries()) {
      if (bars.length > 0) panels.push(panel(bars, 24 + column * (panelWidth + 12), top));
    }
    top += Math.max(...line.map(({ length }) => length)) * barStep + 84;
  }
  const ground = `<rect width="${width}" height="${top + 8}" rx="8" fill="#ffffff" stroke="${colors.grid}"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + 8}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${colors.text}">`,
    '<title>Time to rerank with a cross-encoder, by library</title>',
    ground,
    text(
      24,
      34,
      'Time to rerank the passages of one query (workload W1), milliseconds, less is better',
      'font-size="18" font-weight="600"',
    ),
    text(
      24,
      58,
      escaped(
        `Best of interleaved rounds, ${cores} cores of ${machine.processor} (${machine.instructionSets.join(', ')}), ${measured}. × is the time divided by secondpass’s.`,
      ),
      'fill="#55606e"',
    ),
    isBusy
      ? text(24, 78, 'The machine was busy with other work: these figures are rough.', 'fill="#a33a1e"')
      : '',
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function panel(bars: readonly CellRow[], left: number, top: number): string {
  const { shape, precision, passages } = bars[0]!;
  const step = axisStep(Math.max(...bars.map(({ minMs }) => minMs)));
  const most = Math.ceil(Math.max(...bars.map(({ minMs }) => minMs)) / step) * step;
  const room = panelWidth - labelWidth - 108;
  const bottom = top + 16 + bars.length * barStep;
  const place = (ms: number) => left + labelWidth + (ms / most) * room;
  const ticks = Array.from({ length: Math.round(most / step) + 1 }, (_, index) => index * step);
  return [
    text(left, top + 4, `${shape}, ${precision}, ${passages} passages`, 'font-weight="600"'),
    ...ticks.map(
      (tick) =>
        `<line x1="${place(tick).toFixed(1)}" x2="${place(tick).toFixed(1)}" y1="${top + 14}" y2="${bottom}" stroke="${colors.grid}"/>` +
        text(place(tick), bottom + 16, `${tick}`, 'text-anchor="middle" font-size="11" fill="#55606e"'),
    ),
    text(place(most / 2), bottom + 32, 'milliseconds', 'text-anchor="middle" font-size="11" fill="#55606e"'),
    ...bars.map((row, index) => bar(row, left, top + 19 + index * barStep, place)),
  ].join('\n');
}

function bar(row: CellRow, left: number, y: number, place: (ms: number) => number): string {
  const { contender, minMs, ratioToOurs } = row;
  const color = contender === 'ours' ? colors.ours : contender === 'bare-session' ? colors.bare : colors.peer;
  const middle = y + barHeight - 5;
  const ratio = contender === 'ours' ? '' : ` (${ratioToOurs.toFixed(2)} ×)`;
  const weight = contender === 'ours' ? 'font-weight="600"' : '';
  return (
    text(left + labelWidth - 8, middle, labels[contender] ?? contender, `text-anchor="end" ${weight}`) +
    `<rect x="${place(0)}" y="${y}" width="${(place(minMs) - place(0)).toFixed(1)}" height="${barHeight}" fill="${color}"/>` +
    text(place(minMs) + 6, middle, `${milliseconds(minMs)}${ratio}`, weight)
  );
}

/** 1, 2 or 5 times a power of ten, so that an axis has three to six ticks. */
function axisStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 3));
  return power * ([1, 2, 5].findLast((step) => step * power <= most / 3) ?? 1);
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${content}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
