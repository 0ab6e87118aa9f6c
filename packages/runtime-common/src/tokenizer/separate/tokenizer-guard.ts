/**
 * A second thread, because the library may block the first one for any time. It kills the process when that takes too
 * much memory, or when the parent process is gone. It sleeps while the library does not work.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { outOfMemoryMark } from './tokenizer-messages.ts';

export interface GuardSettings {
  /** One number: 1 while the library works. */
  readonly busy: Int32Array;
  readonly mostBytes: number;
}

/** How often it looks, in milliseconds: a text that multiplies itself grows by about 20 MB in this time. */
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
