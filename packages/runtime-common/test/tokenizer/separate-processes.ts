import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';

let others: ReadonlySet<number> = new Set();

/** Leaves out the processes of test files that ran in this process before and left a model open. Call it first. */
export function ignoreOthers(): void {
  others = new Set(childrenOf(process.pid));
}

/** Ids of the processes that tokenize for this one, or for another. */
export function tokenizerProcesses(parent = process.pid): number[] {
  return childrenOf(parent).filter((pid) => !others.has(pid));
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => line.includes('tokenizer-process-main'))
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid]) => pid!);
}

/** Waits until a process has ended, whether or not somebody has taken note of it; the test's own limit ends the wait. */
export async function untilGone(pid: number): Promise<void> {
  while (/^[^Z]/.test(stateOf(pid))) await setTimeout(50);
}

/** As `ps` writes it: `Z` for a process that has ended without notice; empty where there is none. */
export function stateOf(pid: number): string {
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}
