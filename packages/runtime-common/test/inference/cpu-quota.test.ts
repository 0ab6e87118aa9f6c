import { expect, test } from '@jest/globals';
import { cpuQuota, readCgroupQuota } from '../../src/inference/cpu-quota.ts';

test.each<[string, Record<string, string>, number | undefined]>([
  [
    'a container of cgroup version 2, whose own group is the root',
    { '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': '150000 100000' },
    1.5,
  ],
  [
    'a service of systemd, whose group is further down',
    {
      '/proc/self/cgroup': '0::/system.slice/secondpass.service',
      '/sys/fs/cgroup/system.slice/cpu.max': 'max 100000',
      '/sys/fs/cgroup/system.slice/secondpass.service/cpu.max': '200000 100000',
    },
    2,
  ],
  [
    'a group above that has less than the one in it',
    {
      '/proc/self/cgroup': '0::/kubepods/pod/container',
      '/sys/fs/cgroup/kubepods/pod/cpu.max': '50000 100000',
      '/sys/fs/cgroup/kubepods/pod/container/cpu.max': '400000 100000',
    },
    0.5,
  ],
  [
    'a container of version 1, which is told the path that its group has outside',
    {
      '/proc/self/cgroup': '9:name=systemd:/docker/1f\n4:cpu,cpuacct:/docker/1f',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
    1,
  ],
  [
    'no quota',
    {
      '/proc/self/cgroup': '4:cpu:/',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
    undefined,
  ],
  ['no cgroups', {}, undefined],
])('%s', (_, files, quota) => {
  expect(readCgroupQuota((path) => files[path])).toBe(quota);
});

test('here it is more than none, and no more than the cores', () => {
  expect(cpuQuota()).toBeGreaterThan(0);
  expect(cpuQuota()).toBeLessThanOrEqual(navigator.hardwareConcurrency);
});
