import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * How many processor cores this process may keep busy: the cgroup's quota where one is set (a container's `--cpus`, and
 * it may be a fraction), never more than the cores that the scheduler offers.
 *
 * @example
 * import { cpuQuota } from '@secondpass/runtime-onnx';
 * cpuQuota() > 0; // → true
 */
export function cpuQuota(): number {
  return Math.min(readCgroupQuota() ?? Number.POSITIVE_INFINITY, availableParallelism());
}

/** Workers that fit the quota: at least one, and never so many that they share a core. */
export function defaultWorkers(): number {
  return Math.max(1, Math.floor(cpuQuota()));
}

function readCgroupQuota(): number | undefined {
  const unified = read('/sys/fs/cgroup/cpu.max');
  if (unified !== undefined) return quotient(...(unified.split(' ') as [string, string]));
  const quota = read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const period = read('/sys/fs/cgroup/cpu/cpu.cfs_period_us');
  return quota === undefined || period === undefined ? undefined : quotient(quota, period);
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
