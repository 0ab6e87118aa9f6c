/**
 * Loaded before a program (`node --import`): every ten seconds a line of its memory goes to the file SOAK_SAMPLES. The heap
 * after a full collection is the one after V8's own last one: nothing is collected that would not be without this.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';

let heapAfterCollection;
const observer = new PerformanceObserver((list) => {
  const full = ({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
  if (list.getEntries().some(full)) heapAfterCollection = process.memoryUsage().heapUsed;
});
observer.observe({ entryTypes: ['gc'] });

const { SOAK_SAMPLES: file, SOAK_ROLE: role } = process.env;
const started = Date.now();
setInterval(() => {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const status = readFileSync('/proc/self/status', 'utf8');
  const number = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)[1]);
  const line = {
    at: Date.now(),
    role,
    pid: process.pid,
    ageSeconds: Math.round((Date.now() - started) / 1000),
    rss,
    // Without the pages of files, which the kernel drops and reads as it likes.
    anonymous: number('RssAnon') * 1024,
    heapUsed,
    heapAfterCollection,
    external,
    arrayBuffers,
    threads: number('Threads'),
  };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}, 10_000).unref();
