/**
 * Takes a lock again and again in a process of its own: `node hold-lock.ts LOCK INSIDE TIMES`. INSIDE is a folder that exists
 * only while somebody holds the lock. Prints how often it was there already, or gone too early. TIMES 0 holds for good.
 */
import { mkdirSync, rmdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { takeFileLock } from '../../src/foundation/file-lock.ts';

const [path, inside, times] = process.argv.slice(2) as [string, string, string];
let intrusions = 0;

function expectAlone(step: () => void): void {
  try {
    step();
  } catch {
    intrusions += 1;
  }
}

if (times === '0') {
  const unlock = await takeFileLock(path, { waitMs: 0 });
  process.stdout.write(unlock ? 'held' : 'refused');
  if (unlock) await pause(60_000);
}
for (let time = 0; time < Number(times); time += 1) {
  const unlock = await takeFileLock(path, { waitMs: 60_000 });
  expectAlone(() => mkdirSync(inside));
  await pause(Math.random() * 2);
  expectAlone(() => rmdirSync(inside));
  unlock!();
}
if (times !== '0') process.stdout.write(String(intrusions));
