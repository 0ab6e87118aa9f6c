/**
 * Imports the programs whose paths are its arguments, one after the other, and sends an {@link Outcome} of each to the process
 * that forked it. It ends by itself: an example that leaves something open keeps it from ending, as it would its reader's
 * program, and tests that examples register with `node:test` run before the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

export interface Outcome {
  readonly path: string;
  /** What the expressions before `// →` came to, by line. */
  readonly values: Readonly<Record<number, string>>;
  readonly tookMs: number;
  /** Absent where nothing was thrown. */
  readonly problem?: string;
}

/** A machine may be ten times slower, and busy. */
const longestMs = 240_000;

let values: Record<number, string> = {};
Object.assign(globalThis, {
  showValue(line: number, value: unknown) {
    values[line] = inspect(value, { depth: 9, breakLength: Number.POSITIVE_INFINITY, compact: true });
  },
});

for (const path of process.argv.slice(2)) {
  values = {};
  const late = new AbortController();
  const started = performance.now();
  const problem = await Promise.race([
    import(pathToFileURL(path).href).then(() => undefined, inspect),
    sleep(longestMs, `It did not end within ${longestMs} ms.`, late).catch(() => undefined),
  ]);
  late.abort();
  const tookMs = performance.now() - started;
  const outcome: Outcome = { path, values, tookMs, ...(problem !== undefined && { problem }) };
  await new Promise((sent) => process.send?.(outcome, sent));
}
process.disconnect();
