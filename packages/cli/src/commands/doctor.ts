import type { ModelInspection } from '@secondpass/core/models';
import type { CommandContext } from '../command-context.ts';
import { exitCode } from '../exit-code.ts';
import { count } from '../output/count.ts';
import type { Terminal } from '../output/terminal.ts';
import { type DoctorReport, examine } from './doctor-report.ts';
import { describeTuning, type ModelTuning, tuneModels } from './doctor-tuning.ts';

export interface DoctorFlags {
  readonly config?: string;
  readonly tune?: boolean;
}

/** `secondpass doctor`: checks this machine, the models and the database, and says how to fix problems. */
export async function doctor(flags: DoctorFlags, context: CommandContext): Promise<number> {
  const { terminal, secrets, signal } = context;
  const report = await examine(flags.config, context);
  const tuning = flags.tune ? await tuneModels(report.models, signal) : [];
  if (terminal.json) {
    // Errors of engines and files may quote secrets.
    terminal.out.write(`${secrets.redact(JSON.stringify(flags.tune ? { ...report, tuning } : report))}\n`);
  } else {
    terminal.out.write(`${secrets.redact(describe(report, tuning, terminal))}\n`);
  }
  return report.problems.length === 0 ? exitCode.done : exitCode.failed;
}

function describe(report: DoctorReport, tuning: readonly ModelTuning[], terminal: Terminal): string {
  const { versions, runtime, processor, memory, models, engines, problems } = report;
  const good = terminal.style('green', 'ok');
  const bad = terminal.style('red', 'wrong');
  const row = (label: string, value: string): string => `  ${label.padEnd(18)} ${value}`;
  const title = (text: string): string => terminal.style('bold', text);
  const lines = [
    title('Versions'),
    ...Object.entries(versions).map(([name, version]) => row(name, version)),
    title('Machine'),
    row('cores', `${processor.cores}, of which this process may use ${processor.quota}`),
    row('memory', describeMemory(memory)),
    row('runtime', runtime ?? 'none that runs here'),
    title('Models'),
    ...models.flatMap((model) => [
      row(
        model.name,
        `${model.problems.length === 0 && model.files.every(isSound) ? good : bad} · ${model.kind} · ${model.directory}`,
      ),
      ...model.files.map(
        ({ path, bytes, sha256, state }) =>
          `    ${path.padEnd(26)} ${state.padEnd(8)} ${megabytes(bytes).padStart(9)}  ${sha256.slice(0, 16)}`,
      ),
    ]),
    ...(tuning.length > 0 ? [title('Batch sizes')] : []),
    ...tuning.map((one) => row(one.model, describeTuning(one))),
    title('Engines'),
    ...engines.flatMap(({ name, reachable, version, documents, searchable, replicas = [] }) => {
      const size =
        documents === undefined
          ? ''
          : documents === null
            ? ' · nothing indexed yet'
            : ` · ${count(documents, 'document')}`;
      const state = searchable === false ? bad : good;
      return [
        row(name, reachable ? `${state} · ${version}${size}` : bad),
        ...replicas.map((replica) =>
          row(`  replica ${replica.name}`, `${replica.searchable ? good : bad}${describeLag(replica)}`),
        ),
      ];
    }),
    '',
  ];
  if (problems.length === 0) return [...lines, terminal.style('green', 'Nothing is wrong.')].join('\n');
  const summary = problems.length === 1 ? 'One thing is wrong:' : `${problems.length} things are wrong:`;
  return [
    ...lines,
    terminal.style('red', summary),
    ...problems.map(({ origin, problem, nextStep }) => `  ${origin}: ${problem}\n    → ${nextStep}`),
  ].join('\n');
}

function describeLag({
  lagBytes,
  lagMs,
}: NonNullable<DoctorReport['engines'][number]['replicas']>[number]): string {
  if (lagMs === 0) return ' · nothing missing';
  const bytes = lagBytes === null ? '' : ` · ${megabytes(lagBytes)} of the log behind`;
  return lagMs === null ? bytes : `${bytes} · last change ${(lagMs / 1000).toFixed(1)} s ago`;
}

function isSound({ state }: ModelInspection['files'][number]): boolean {
  return state === 'ok' || state === 'unlisted';
}

function describeMemory({ totalBytes, freeBytes, limitBytes }: DoctorReport['memory']): string {
  const limit = limitBytes === null ? '' : `, limited to ${gigabytes(limitBytes)}`;
  return `${gigabytes(totalBytes)}${limit}, ${gigabytes(freeBytes)} free`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function megabytes(bytes: number): string {
  return bytes < 1e5 ? `${bytes} B` : `${(bytes / 1e6).toFixed(1)} MB`;
}
