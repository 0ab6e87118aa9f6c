import { milliseconds, table } from '../cross-encoder/report-table.ts';
import { layouts } from './layouts.ts';
import type { Load } from './load.ts';
import { depth, type TableMeasurements } from './measure-table.ts';
import type { ScaleResult, ScaleRow } from './result-file.ts';

/** What filling took and what it left, one row for each layout and size. */
export function fillingTable({ rows }: ScaleResult): string {
  const head = [
    'layout',
    'passages',
    'stored/s',
    'index, s',
    'core-s per 1,000: ours',
    'engine',
    'ours, peak',
    'on disk',
    'vector index',
  ];
  return table(
    head,
    sorted(rows).map((row) => {
      const { filling, bytes } = row;
      const per1000 = (seconds: number) => milliseconds((seconds * 1000) / filling!.written);
      return [
        ...cellsOf(row),
        ...(filling
          ? [
              filling.storedPerSecond.toFixed(0),
              filling.finishSeconds.toFixed(0),
              per1000(filling.coreSeconds.ours),
              per1000(filling.coreSeconds.engine),
              `${filling.peakResidentMB} MB`,
            ]
          : ['–', '–', '–', '–', '–']),
        size(bytes.total),
        bytes.vectorIndex === undefined ? '–' : size(bytes.vectorIndex),
      ];
    }),
  );
}

/** Recall and the work of stage 1 by setting, one caller. */
export function recallTable({ rows }: ScaleResult): string {
  const head = [
    'layout',
    'passages',
    'setting',
    `recall@${depth}`,
    'core-ms: ours',
    'engine',
    'p50 ms',
    'p95',
    'p99',
  ];
  return table(
    head,
    measuredOf(rows).flatMap((row) =>
      row.settings.map(({ setting, recall, load }) => [
        ...cellsOf(row),
        Object.entries(setting)
          .map(([key, value]) => `${key} ${value}`)
          .join(', ') || 'default',
        recall.toFixed(3),
        ...workOf(load),
        ...latenciesOf(load),
      ]),
    ),
  );
}

/** Stage 1 alone and both stages with 1, 8 and 32 callers. */
export function callersTable({ rows }: ScaleResult): string {
  const head = [
    'layout',
    'passages',
    'callers',
    'load',
    'stage 1: /s',
    'p50 ms',
    'p95',
    'p99',
    'core-ms',
    'both: /s',
    'p50 ms',
    'p95',
    'p99',
    'core-ms: ours',
    'engine',
  ];
  return table(
    head,
    measuredOf(rows).flatMap((row) =>
      row.stage1
        .filter(({ depth: taken }) => taken === depth)
        .map((load) => {
          const both = row.both?.find(
            ({ callers, depth: taken }) => callers === load.callers && taken === depth,
          );
          return [
            ...cellsOf(row),
            String(load.callers),
            load.loadAverage.toFixed(0),
            load.answersPerSecond.toFixed(0),
            ...latenciesOf(load),
            milliseconds(load.coreSecondsPer1000.ours + load.coreSecondsPer1000.engine),
            ...(both
              ? [both.answersPerSecond.toFixed(1), ...latenciesOf(both), ...workOf(both)]
              : ['–', '–', '–', '–', '–', '–']),
          ];
        }),
    ),
  );
}

/** Processor time by depth, one caller. */
export function depthTable({ rows }: ScaleResult): string {
  const measured = measuredOf(rows);
  const depths = [...new Set(measured.flatMap(({ stage1 }) => stage1.map(({ depth: taken }) => taken)))].sort(
    (a, b) => a - b,
  );
  const total = (loads: TableMeasurements['both'], taken: number) => {
    const load = loads?.find((one) => one.depth === taken && one.callers === 1);
    return load ? milliseconds(load.coreSecondsPer1000.ours + load.coreSecondsPer1000.engine) : '–';
  };
  return table(
    ['layout', 'passages', ...depths.map((taken) => `depth ${taken}`)],
    measured.map((row) => [
      ...cellsOf(row),
      ...depths.map((taken) => `${total(row.stage1, taken)} / ${total(row.both, taken)}`),
    ]),
  );
}

type Measured = ScaleRow & TableMeasurements;

function measuredOf(rows: readonly ScaleRow[]): readonly Measured[] {
  return sorted(rows).filter((row): row is Measured => row.stage1 !== undefined);
}

function sorted(rows: readonly ScaleRow[]): ScaleRow[] {
  const order = Object.keys(layouts);
  return rows.toSorted(
    (a, b) => order.indexOf(a.layout) - order.indexOf(b.layout) || a.passages - b.passages,
  );
}

function cellsOf({ layout, passages }: ScaleRow): string[] {
  return [layout, passages.toLocaleString('en-US')];
}

function workOf({ coreSecondsPer1000: { ours, engine } }: Load): string[] {
  return [milliseconds(ours), milliseconds(engine)];
}

function latenciesOf({ latencyMs }: Load): string[] {
  return [latencyMs.p50, latencyMs.p95, latencyMs.p99].map(milliseconds);
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
