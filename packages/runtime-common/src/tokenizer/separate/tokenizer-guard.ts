/**
 * A thread apart from the one that the library may keep busy for as long as it likes. It ends the process, at once and
 * without its consent, when that takes too much memory or when the process that asks is gone. It sleeps while nothing is read.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { outOfMemoryMark } from './tokenizer-messages.ts';

export interface GuardSettings {
  /** One number: 1 while the library works. */
  readonly busy: Int32Array;
  readonly mostBytes: number;
}

/** How often it looks, in milliseconds: a text that multiplies itself gains some 20 MB in this time. */
const betweenLooksMs = 10;

const { busy, mostBytes } = workerData as GuardSettings;
const parent = process.ppid;

parentPort!.postMessage('watching');
for (;;) {
  Atomics.wait(busy, 0, 0);
  if (process.memoryUsage.rss() > mostBytes) {
    writeSync(1, outOfMemoryMark);
    process.kill(process.pid, 'SIGKILL');
  }
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  Atomics.wait(busy, 0, 1, betweenLooksMs);
}
