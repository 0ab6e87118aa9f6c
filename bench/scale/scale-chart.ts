import { layouts } from './layouts.ts';
import { depth } from './measure-table.ts';
import type { ScaleResult, ScaleRow } from './result-file.ts';

const width = 1120;
const height = 470;
const panel = { top: 96, bottom: 400, width: 380, lefts: [76, 530] };
const ground = { text: '#1c2430', grid: '#d9dee6', note: '#55606e' };
const colors: Readonly<Record<string, string>> = {
  'pgvector-vector': '#0b6e4f',
  'pgvector-halfvec': '#3a9d6f',
  'pgvector-binary': '#8ac926',
  'elastic-hnsw': '#1d3557',
  'elastic-int8': '#2a6fbb',
  'elastic-bbq': '#e07a1f',
};

interface Line {
  readonly name: string;
  readonly label: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashes?: string;
}

/**
 * Processor time of a query: on the left by passages, on the right by depth; stage 1 drawn through, both stages dashed. Both axes
 * are logarithmic. Processor time and not time on a clock, because it is the same on a busy machine.
 */
export function scaleChart({ rows }: ScaleResult): string {
  const measured = rows.filter(({ stage1 }) => stage1 !== undefined);
  const names = Object.keys(layouts).filter((name) => measured.some(({ layout }) => layout === name));
  const largest = Math.max(...measured.map(({ passages }) => passages));
  const byPassages = names.flatMap((name) => {
    const own = measured.filter(({ layout }) => layout === name).sort((a, b) => a.passages - b.passages);
    return linesOf(name, (stage) => own.flatMap((row) => pointOf(row, stage, depth, row.passages)));
  });
  const byDepth = names.flatMap((name) => {
    const row = measured.find(({ layout, passages }) => layout === name && passages === largest);
    return linesOf(name, (stage) =>
      (row?.[stage] ?? [])
        .filter(({ callers }) => callers === 1)
        .map(({ depth: taken }) => taken)
        .sort((a, b) => a - b)
        .flatMap((taken) => pointOf(row!, stage, taken, taken)),
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${ground.text}">`,
    '<title>Processor time of a query, by passages and by depth</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff" stroke="${ground.grid}"/>`,
    text(24, 34, 'Processor time of one query, milliseconds of one core', 'font-size="18" font-weight="600"'),
    text(
      24,
      58,
      'Engine and secondpass together. Drawn through: stage 1; dashed: both stages.',
      `fill="${ground.note}"`,
    ),
    drawPanel(byPassages, panel.lefts[0]!, `passages, at depth ${depth}`),
    drawPanel(byDepth, panel.lefts[1]!, `depth, with ${largest.toLocaleString('en-US')} passages`),
    ...names.map((name, index) => {
      const y = panel.top + 14 + index * 22;
      return `<rect x="936" y="${y - 9}" width="14" height="4" fill="${colors[name]}"/>${text(956, y - 3, shortLabel(name), 'font-size="12"')}`;
    }),
    '</svg>\n',
  ].join('\n');
}

function shortLabel(name: string): string {
  const [engine, ...kind] = name.split('-');
  return `${engine === 'elastic' ? 'Elasticsearch' : 'pgvector'}, ${kind.join(' ')}`;
}

function linesOf(name: string, points: (stage: 'stage1' | 'both') => Line['points']): Line[] {
  const { label } = layouts[name]!;
  const color = colors[name]!;
  return [
    { name: `stage1 ${name}`, label, color, points: points('stage1') },
    { name: `both ${name}`, label, color, points: points('both'), dashes: '5 4' },
  ].filter((line) => line.points.length > 0);
}

/** Core-seconds for 1,000 queries are core-milliseconds for one. */
function pointOf(row: ScaleRow, stage: 'stage1' | 'both', taken: number, x: number): [number, number][] {
  const load = row[stage]?.find(({ depth: at, callers }) => at === taken && callers === 1);
  return load ? [[x, load.coreSecondsPer1000.ours + load.coreSecondsPer1000.engine]] : [];
}

function drawPanel(lines: readonly Line[], left: number, title: string): string {
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const [fromX, toX] = [Math.min(...xs), Math.max(...xs)];
  const decades = {
    from: Math.floor(Math.log10(Math.min(...ys))),
    to: Math.ceil(Math.log10(Math.max(...ys))),
  };
  const spread = Math.log(toX / fromX) || 1;
  const placeX = (x: number) => left + (Math.log(x / fromX) / spread) * panel.width;
  const placeY = (y: number) =>
    panel.bottom -
    ((Math.log10(y) - decades.from) / (decades.to - decades.from || 1)) * (panel.bottom - panel.top);
  const ticksY = Array.from(
    { length: decades.to - decades.from + 1 },
    (_, index) => 10 ** (decades.from + index),
  );
  const ticksX = [...new Set(xs)].sort((a, b) => a - b);
  return [
    text(left, panel.top - 12, title, 'font-weight="600"'),
    ...ticksY.map(
      (tick) =>
        `<line x1="${left}" x2="${left + panel.width}" y1="${placeY(tick).toFixed(1)}" y2="${placeY(tick).toFixed(1)}" stroke="${ground.grid}"/>` +
        text(
          left - 8,
          placeY(tick) + 4,
          String(Number(tick.toPrecision(3))),
          `text-anchor="end" font-size="11" fill="${ground.note}"`,
        ),
    ),
    ...ticksX.map((tick) =>
      text(
        placeX(tick),
        panel.bottom + 18,
        tick.toLocaleString('en-US'),
        `text-anchor="middle" font-size="11" fill="${ground.note}"`,
      ),
    ),
    ...lines.map((line) => drawLine(line, placeX, placeY)),
  ].join('\n');
}

function drawLine(
  { name, label, color, points, dashes }: Line,
  placeX: (x: number) => number,
  placeY: (y: number) => number,
): string {
  const placed = points.map(([x, y]) => `${placeX(x).toFixed(1)},${placeY(y).toFixed(1)}`);
  const dots = placed.map((point) => {
    const [x, y] = point.split(',');
    return `<circle cx="${x}" cy="${y}" r="3" fill="${color}"><title>${label}</title></circle>`;
  });
  const dash = dashes ? ` stroke-dasharray="${dashes}"` : '';
  return `<polyline data-line="${name}" points="${placed.join(' ')}" fill="none" stroke="${color}" stroke-width="2"${dash}/>${dots.join('')}`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;
}
