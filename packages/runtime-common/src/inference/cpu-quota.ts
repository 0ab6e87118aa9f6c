import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * How many processor cores this process may use: the cgroup's quota if one is set (a container's `--cpus`; it may be
 * a fraction), never more than the cores that the scheduler offers.
 *
 * @example
 * import { cpuQuota } from '@secondpass/runtime-common';
 * cpuQuota() > 0; // → true
 */
export function cpuQuota(): number {
  return Math.min(readCgroupQuota() ?? Number.POSITIVE_INFINITY, availableParallelism());
}

/**
 * Workers that fit the quota: at least one, and never so many that they share a core.
 *
 * @example
 * import { defaultWorkers } from '@secondpass/runtime-common';
 * defaultWorkers() >= 1; // → true
 */
export function defaultWorkers(): number {
  return Math.max(1, Math.floor(cpuQuota()));
}

/**
 * The least quota of the cgroups that this process is in, in cores. In a container its own is the root; under systemd a service's is
 * further down. Node.js knows quotas of version 2 too, none of version 1.
 */
export function readCgroupQuota(readText: (path: string) => string | undefined = read): number | undefined {
  const groups = (readText('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const pathOf = (controller: string) =>
    groups.find(([, names = '']) => names.split(',').includes(controller))?.[2] ?? '/';
  const unified = upwards(pathOf('')).map((path) => {
    const line = readText(`/sys/fs/cgroup${path}cpu.max`);
    return line === undefined ? undefined : quotient(...(line.split(' ') as [string, string]));
  });
  const separate = upwards(pathOf('cpu')).map((path) => {
    const quota = readText(`/sys/fs/cgroup/cpu${path}cpu.cfs_quota_us`);
    const period = readText(`/sys/fs/cgroup/cpu${path}cpu.cfs_period_us`);
    return quota === undefined || period === undefined ? undefined : quotient(quota, period);
  });
  const quotas = [...unified, ...separate].filter((quota) => quota !== undefined);
  return quotas.length > 0 ? Math.min(...quotas) : undefined;
}

/** `/a/b` as `/`, `/a/` and `/a/b/`. */
function upwards(path: string): string[] {
  const names = path.split('/').filter(Boolean);
  return ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}/`)];
}

/** `max` and −1 mean that no quota is set. */
function quotient(quota: string, period: string): number | undefined {
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
