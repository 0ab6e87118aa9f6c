import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = '/sys/fs/cgroup';

/** A cgroup (version 1) that gives all of its processes and containers together so much of a core. */
export class LimitedShare {
  /** For `docker run --cgroup-parent`. */
  readonly parent: string;
  readonly #folder: string;

  /** @throws Error where this process may make no cgroup */
  constructor(name: string, cores: number) {
    if (!existsSync(join(root, 'cpu/cpu.shares')))
      throw new Error(`The share needs cgroups of version 1 at ${root}/cpu, and the right to make one.`);
    this.parent = `/${name}`;
    this.#folder = join(root, 'cpu', name);
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, 'cpu.cfs_period_us'), '100000');
    writeFileSync(join(this.#folder, 'cpu.cfs_quota_us'), `${Math.round(cores * 100_000)}`);
    // What else runs on the machine must not take from the share: the quota is to be the limit, not the neighbors.
    writeFileSync(join(this.#folder, 'cpu.shares'), '16384');
  }

  /** The words that start a command inside of it. */
  around(command: readonly string[]): [string, string[]] {
    return ['/bin/sh', ['-c', `echo $$ > ${this.#folder}/cgroup.procs && exec "$@"`, 'sh', ...command]];
  }

  /** Takes in a process that runs already, with its threads. */
  take(pid: number): void {
    writeFileSync(join(this.#folder, 'cgroup.procs'), `${pid}`);
  }

  /** Periods so far, and those in which the quota was used up. */
  throttled(): { readonly periods: number; readonly throttled: number } {
    const stat = readFileSync(join(this.#folder, 'cpu.stat'), 'utf8');
    const read = (key: string) => Number(new RegExp(`^${key} (\\d+)`, 'm').exec(stat)?.[1] ?? 0);
    return { periods: read('nr_periods'), throttled: read('nr_throttled') };
  }

  /** Removes it and what Docker made of its name; its processes must have ended. */
  async remove(): Promise<void> {
    await sleep(500);
    for (const controller of readdirSync(root)) {
      try {
        rmdirSync(join(root, controller, this.parent));
      } catch {
        // Not every controller has it.
      }
    }
  }
}
