import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ScaleServer } from './server.ts';

const program = fileURLToPath(new URL('./index-process.ts', import.meta.url));
/** The first process is killed after this share of the passages. */
const killedAfter = 0.4;
/**
 * Batches are short-lived, and V8 gives them up to three times 16 MB before it looks what is still in use. Less takes no longer here,
 * and 100 MB less.
 */
const memory = '--max-semi-space-size=2';

/** A line that `index-process.ts` writes. */
export interface IndexingLine {
  readonly done: number;
  readonly written: number;
  readonly unchanged: number;
  readonly seconds: number;
  /** Seconds until the last passage was stored; the rest is building the index. */
  readonly storedAfter?: number;
  readonly coreSeconds: number;
  readonly peakResidentMB: number;
}

export interface Filling {
  /** Passages that the last process found stored by the one that was killed. */
  readonly foundStored: number;
  /** Passages that rate and processor time are counted over. */
  readonly written: number;
  /** Without the time in which the last process looked at what was stored. */
  readonly storedPerSecond: number;
  /** Time that the last process took to look at what was stored. */
  readonly resumeSeconds: number;
  /** From the last passage to the finished index, merges included. */
  readonly finishSeconds: number;
  /** All of it, the index included. */
  readonly coreSeconds: { readonly ours: number; readonly engine: number; readonly engineFinish: number };
  readonly peakResidentMB: number;
}

interface FillRequest {
  readonly server: ScaleServer;
  readonly layout: string;
  readonly table: string;
  readonly passages: number;
  readonly onProgress: (line: IndexingLine) => void;
}

/**
 * Fills the table by a process that is killed on its way, and by another that goes on where the first was. A table that an earlier
 * run left unfinished is continued by one process.
 */
export async function fill({ server, layout, table, passages, onProgress }: FillRequest): Promise<Filling> {
  const command = [layout, server.url, table, String(passages)];
  const isUnfinished = await server.has(table);
  const engineBefore = await server.cpuSeconds();
  const first = isUnfinished ? undefined : await runProcess(command, onProgress, passages * killedAfter);
  let resumeSeconds = 0;
  let engineStored: Promise<number> | undefined;
  const last = await runProcess(command, (line) => {
    if (line.written === 0) resumeSeconds = line.seconds;
    if (line.done === passages) engineStored ??= server.cpuSeconds();
    onProgress(line);
  });
  const settling = performance.now();
  await server.settle(table);
  const settled = (performance.now() - settling) / 1000;
  const engineAfter = await server.cpuSeconds();
  const written = (first?.written ?? 0) + last.written;
  return {
    foundStored: last.unchanged,
    written,
    storedPerSecond: written / ((first?.seconds ?? 0) + last.storedAfter! - resumeSeconds),
    resumeSeconds,
    finishSeconds: last.seconds - last.storedAfter! + settled,
    coreSeconds: {
      ours: (first?.coreSeconds ?? 0) + last.coreSeconds,
      engine: engineAfter - engineBefore,
      engineFinish: engineAfter - ((await engineStored) ?? engineBefore),
    },
    peakResidentMB: Math.max(first?.peakResidentMB ?? 0, last.peakResidentMB),
  };
}

async function runProcess(
  command: readonly string[],
  onLine: (line: IndexingLine) => void,
  killAt = Number.POSITIVE_INFINITY,
): Promise<IndexingLine> {
  const child = spawn(process.execPath, [memory, program, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last: IndexingLine | undefined;
  let isKilled = false;
  for await (const text of createInterface({ input: child.stdout })) {
    if (isKilled) continue;
    last = JSON.parse(text) as IndexingLine;
    onLine(last);
    if (last.done < killAt) continue;
    isKilled = true;
    child.kill('SIGKILL');
  }
  const [code] = (await exited) as [number | null];
  if (last === undefined || (code !== 0 && !isKilled)) throw new Error(`Indexing ended with ${code}.`);
  return last;
}
