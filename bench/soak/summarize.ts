import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { percentiles } from '@secondpass/evaluation';
import type { Machine } from '../machine.ts';
import type { AnswerLine, EventLine, WriteLine } from './run-log.ts';

export interface SoakSummary {
  readonly run: RunDescription;
  /** Whether it ran to its end. */
  readonly whole: boolean;
  readonly minutesRun: number;
  readonly answers: {
    readonly total: number;
    readonly full: number;
    /** Of the full and the partial ones: with every id and score compared. */
    readonly comparedExactly: number;
    readonly degraded: Readonly<Record<string, number>>;
    readonly errors: Readonly<Record<string, number>>;
    readonly wrong: Readonly<Record<string, number>>;
    readonly perSecond: number;
    readonly latencyMs: Percentiles | undefined;
  };
  readonly minutes: readonly MinuteSummary[];
  readonly events: readonly EventSummary[];
  readonly memory: readonly ProcessMemory[];
  readonly writes: Readonly<
    Record<string, { readonly done: number; readonly failed: Readonly<Record<string, number>> }>
  >;
  /** What must not be, as it was written down. */
  readonly failures: readonly unknown[];
}

interface RunDescription {
  readonly begun: number;
  readonly ends: number;
  readonly hours: number;
  readonly share: number;
  readonly cores: number;
  readonly capacityPerSecond: number;
  readonly throttledPeriodsAtCapacity: number;
  readonly offeredPerSecond: number;
  readonly passages: { readonly stable: number; readonly pool: number; readonly changing: number };
  readonly queries: number;
  readonly engines: readonly string[];
  readonly machine: Machine;
}

type Percentiles = NonNullable<ReturnType<typeof percentiles>>;

interface MinuteSummary {
  readonly minute: number;
  readonly full: number;
  readonly degraded: number;
  readonly errors: number;
  readonly wrong: number;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

interface EventSummary {
  readonly what: string;
  /** Minutes from the beginning. */
  readonly from: number;
  readonly to: number;
  readonly details?: object;
  /** Answers to what was asked from its beginning until a minute after its end. */
  readonly answers: Readonly<Record<string, number>>;
}

interface MemorySample {
  readonly at: number;
  readonly role: string;
  readonly pid: number;
  readonly rss: number;
  readonly anonymous: number;
  readonly heapUsed: number;
  readonly heapAfterCollection?: number;
  readonly external: number;
}

interface ProcessMemory {
  readonly role: string;
  readonly pid: number;
  readonly minutesAlive: number;
  /** Medians of the first and the last stretch after the warm-up, in MB; absent for a process that lived less. */
  readonly growth?: Readonly<Record<'resident' | 'outsideHeap' | 'heapAfterCollection', Growth>>;
  readonly residentMB: readonly (readonly [minute: number, megabytes: number])[];
}

interface Growth {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** In parts of the run. */
const warmUp = 1 / 6;
const stretch = 1 / 8;

/** Everything that a run wrote down so far. */
export function summarize(folder: string): SoakSummary {
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDescription;
  const { begun, hours } = run;
  const after = <T extends { at?: number; from?: number }>(lines: readonly T[]) =>
    lines.filter(({ at, from }) => (at ?? from!) >= begun);
  const answers = after(read<AnswerLine>(folder, 'answers'));
  const last = answers.at(-1)?.at ?? begun;
  const minuteOf = (at: number) => (at - begun) / 60_000;
  const of = (kind: AnswerLine['kind']) => answers.filter((answer) => answer.kind === kind);
  const whats = (lines: readonly AnswerLine[]) => counted(lines.map(({ what }) => what ?? '?'));
  const minutes = Array.from({ length: Math.ceil(minuteOf(last)) }, (_, minute): MinuteSummary => {
    const own = answers.filter(({ at }) => Math.floor(minuteOf(at)) === minute);
    const number = (kind: AnswerLine['kind']) => own.filter((answer) => answer.kind === kind).length;
    const times = percentiles95(answered(own));
    return {
      minute,
      full: number('full'),
      degraded: number('degraded'),
      errors: number('error'),
      wrong: number('wrong'),
      p50: times?.p50,
      p95: times?.p95,
    };
  });
  const events = read<EventLine>(folder, 'events').map(({ what, from, to, details }): EventSummary => {
    const during = answers.filter(({ at }) => at >= from && at <= to + 60_000);
    const kinds = during.map(({ kind, what: which }) => (kind === 'full' ? 'full' : `${kind}: ${which}`));
    return {
      what,
      from: rounded(minuteOf(from)),
      to: rounded(minuteOf(to)),
      ...(details && { details }),
      answers: counted(kinds),
    };
  });
  const writes: Record<string, { done: number; failed: Record<string, number> }> = {};
  for (const { source, code } of after(read<WriteLine>(folder, 'writes'))) {
    writes[source] ??= { done: 0, failed: {} };
    const own = writes[source];
    if (code === undefined) own.done += 1;
    else own.failed[code] = (own.failed[code] ?? 0) + 1;
  }
  return {
    run,
    whole: existsSync(join(folder, 'end.json')) && last >= run.ends - 60_000,
    minutesRun: rounded(minuteOf(last)),
    answers: {
      total: answers.length,
      full: of('full').length,
      comparedExactly: answers.filter(({ exact }) => exact).length,
      degraded: whats(of('degraded')),
      errors: whats(of('error')),
      wrong: whats(of('wrong')),
      perSecond: rounded(answers.length / ((last - begun) / 1000)),
      latencyMs: percentiles(answered(answers)),
    },
    minutes,
    events,
    memory: memoryOf(after(read<MemorySample>(folder, 'memory')), { begun, hours }),
    writes,
    failures: after(read<{ at: number }>(folder, 'failures')),
  };
}

function memoryOf(
  samples: readonly MemorySample[],
  { begun, hours }: { readonly begun: number; readonly hours: number },
): readonly ProcessMemory[] {
  const length = hours * 3_600_000;
  return [...new Set(samples.map(({ pid }) => pid))].map((pid) => {
    const own = samples.filter((sample) => sample.pid === pid);
    const alive = own.at(-1)!.at - own[0]!.at;
    const end = own.at(-1)!.at;
    const first = own.filter(
      ({ at }) => at >= begun + warmUp * length && at < begun + (warmUp + stretch) * length,
    );
    const final = own.filter(({ at }) => at > end - stretch * length);
    const growth = (read: (sample: MemorySample) => number | undefined): Growth => {
      const median = (list: readonly MemorySample[]) =>
        percentiles(list.flatMap((sample) => read(sample) ?? []))?.p50 ?? Number.NaN;
      const [from, to] = [median(first), median(final)];
      return { from: megabytes(from), to: megabytes(to), share: Math.round((to / from - 1) * 1e4) / 1e4 };
    };
    const long = alive > (warmUp + 2 * stretch) * length && first.length > 0;
    return {
      role: own[0]!.role,
      pid,
      minutesAlive: rounded(alive / 60_000),
      ...(long && {
        growth: {
          resident: growth(({ rss }) => rss),
          outsideHeap: growth(({ anonymous, heapUsed }) => anonymous - heapUsed),
          heapAfterCollection: growth((sample) => sample.heapAfterCollection),
        },
      }),
      residentMB: own
        .filter((_, index) => index % 3 === 0)
        .map(({ at, rss }) => [rounded((at - begun) / 60_000), megabytes(rss)] as const),
    };
  });
}

function answered(lines: readonly AnswerLine[]): number[] {
  return lines.filter(({ kind }) => kind === 'full' || kind === 'degraded').map(({ ms }) => ms);
}

function percentiles95(values: number[]): { readonly p50: number; readonly p95: number } | undefined {
  return values.length === 0 ? undefined : percentiles(values);
}

function counted(keys: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

function read<T>(folder: string, name: string): readonly T[] {
  const file = join(folder, `${name}.jsonl`);
  if (!existsSync(file)) return [];
  // A run that is still going on may be in the middle of its last line.
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as T);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
