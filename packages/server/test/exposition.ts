export type Labels = Readonly<Record<string, string>>;

/** The series on a page for Prometheus: labels of each, by the metric's name with its suffix. */
export function readExposition(page: string): Map<string, Labels[]> {
  const series = new Map<string, Labels[]>();
  for (const line of page.split('\n')) {
    const [, metric, labels = ''] = /^([a-z_]\w*)(?:\{(.*)\})? \S+/i.exec(line) ?? [];
    if (metric === undefined) continue;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, value]) => [
      label,
      value,
    ]);
    series.set(metric, [...(series.get(metric) ?? []), Object.fromEntries(pairs)]);
  }
  return series;
}
