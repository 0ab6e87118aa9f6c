import type { SoakSummary } from './summarize.ts';

const width = 1120;
const left = 84;
const right = 24;
const panelHeight = 170;
const panelStep = panelHeight + 66;
const top = 104;
const colors = {
  text: '#1c2430',
  soft: '#55606e',
  grid: '#d9dee6',
  full: '#0b6e4f',
  degraded: '#d99a2b',
  errors: '#a33a1e',
  second: '#3b6fb6',
  third: '#8a94a6',
};
const marks: Readonly<Record<string, { readonly letter: string; readonly color: string }>> = {
  deploy: { letter: 'd', color: '#8a94a6' },
  'PostgreSQL restarted': { letter: 'P', color: '#3b6fb6' },
  'PostgreSQL killed': { letter: 'P†', color: '#3b6fb6' },
  'Elasticsearch killed': { letter: 'E†', color: '#a33a1e' },
  'slow disk': { letter: 'S', color: '#d99a2b' },
};

type Points = readonly (readonly [minute: number, value: number])[];

/** Answers by kind, times of an answer and memory over the run, with what happened; it brings its own light ground. */
export function soakChart({ run, minutes, events, memory, minutesRun }: SoakSummary): string {
  const end = Math.max(1, minutesRun);
  const x = (minute: number) => left + (minute / end) * (width - left - right);
  const height = top + 3 * panelStep;
  const bottom = top + 2 * panelStep + panelHeight;
  const shades = events.map(({ what, from, to }, index) => {
    const { letter, color } = marks[what] ?? { letter: '?', color: colors.third };
    const across = Math.max(1.5, x(to) - x(from));
    return (
      `<rect x="${x(from).toFixed(1)}" y="${top}" width="${across.toFixed(1)}" height="${bottom - top}" fill="${color}" opacity="0.22"/>` +
      text(x(from), top - 6 - (index % 2) * 13, letter, `font-size="12" fill="${color}" font-weight="600"`)
    );
  });
  const whole = minutes.slice(0, Math.max(1, Math.floor(minutesRun)));
  const perMinute = [
    {
      name: 'full',
      color: colors.full,
      points: whole.map(({ minute, full }) => [minute + 0.5, full] as const),
    },
    {
      name: 'degraded and told',
      color: colors.degraded,
      points: whole.map(({ minute, degraded }) => [minute + 0.5, degraded] as const),
    },
    {
      name: 'typed errors',
      color: colors.errors,
      points: whole.map(({ minute, errors }) => [minute + 0.5, errors] as const),
    },
  ];
  const seconds = (['p50', 'p95'] as const).map((place, index) => ({
    name: place,
    color: index === 0 ? colors.full : colors.second,
    points: whole.flatMap((one) =>
      one[place] === undefined ? [] : [[one.minute + 0.5, one[place] / 1000] as const],
    ),
  }));
  const resident = (['steady', 'deployed', 'writer'] as const).flatMap((role, index) =>
    memory
      .filter((one) => one.role === role)
      .map(({ residentMB }, place) => ({
        name:
          place > 0
            ? ''
            : { steady: 'server that stays', deployed: 'deployed servers', writer: 'writer' }[role],
        color: [colors.full, colors.second, colors.third][index]!,
        points: residentMB.filter(([minute]) => minute >= 0 && minute <= end),
      })),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${colors.text}">`,
    '<title>Answers, times and memory of a service over two hours of daily life</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff" stroke="${colors.grid}"/>`,
    text(
      24,
      32,
      `${run.offeredPerSecond.toFixed(2)} requests per second, ${Math.round(run.share * 100)} % of capacity, on ${run.cores} of a core`,
      'font-size="18" font-weight="600"',
    ),
    text(
      24,
      54,
      'd: deploy. P: PostgreSQL restarted, P†: killed. E†: Elasticsearch killed. S: slow disk under PostgreSQL.',
      `fill="${colors.soft}"`,
    ),
    ...shades,
    panel({ title: 'answers per minute', top, lines: perMinute, end, x }),
    panel({ title: 'seconds until the answer, by minute', top: top + panelStep, lines: seconds, end, x }),
    panel({ title: 'MB resident', top: top + 2 * panelStep, lines: resident, end, x }),
    text(width - right, bottom + 34, 'minutes', `text-anchor="end" font-size="11" fill="${colors.soft}"`),
    '</svg>\n',
  ].join('\n');
}

function panel({
  title,
  top: above,
  lines,
  end,
  x,
}: {
  readonly title: string;
  readonly top: number;
  readonly lines: readonly { readonly name: string; readonly color: string; readonly points: Points }[];
  readonly end: number;
  readonly x: (minute: number) => number;
}): string {
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(([, value]) => value)));
  const step = axisStep(most);
  const high = Math.ceil(most / step) * step;
  const y = (value: number) => above + panelHeight - (value / high) * panelHeight;
  const ticks = Array.from({ length: Math.round(high / step) + 1 }, (_, index) => index * step);
  const minuteStep = axisStep(end);
  const minuteTicks = Array.from(
    { length: Math.floor(end / minuteStep) + 1 },
    (_, index) => index * minuteStep,
  );
  let legend = left;
  return [
    ...ticks.map(
      (tick) =>
        `<line x1="${left}" x2="${width - right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" stroke="${colors.grid}"/>` +
        text(left - 8, y(tick) + 4, `${tick}`, `text-anchor="end" font-size="11" fill="${colors.soft}"`),
    ),
    ...minuteTicks.map((tick) =>
      text(
        x(tick),
        above + panelHeight + 16,
        `${tick}`,
        `text-anchor="middle" font-size="11" fill="${colors.soft}"`,
      ),
    ),
    ...lines.map(
      ({ color, points }) =>
        `<polyline fill="none" stroke="${color}" stroke-width="1.6" points="${points.map(([minute, value]) => `${x(minute).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}"/>`,
    ),
    text(left, above + panelHeight + 36, title, 'font-weight="600"'),
    ...lines
      .filter(({ name }) => name !== '')
      .map(({ name, color }) => {
        const place = legend + 300;
        legend += name.length * 7.5 + 34;
        return (
          `<rect x="${place}" y="${above + panelHeight + 26}" width="12" height="12" fill="${color}"/>` +
          text(place + 18, above + panelHeight + 36, name)
        );
      }),
  ].join('\n');
}

/** 1, 2 or 5 times a power of ten, so that an axis has three to six ticks. */
function axisStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 3));
  return power * ([1, 2, 5].findLast((step) => step * power <= most / 3) ?? 1);
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;
}
