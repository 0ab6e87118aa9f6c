import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { cpuQuota } from '@secondpass/runtime-onnx';

/** Instruction sets that decide how fast a matrix product is; a figure without them means little. */
const telling = [
  'avx2',
  'fma',
  'avx512f',
  'avx512_vnni',
  'avx512_bf16',
  'avx_vnni',
  'amx_int8',
  'amx_bf16',
  'asimd',
];

export interface Machine {
  readonly processor: string;
  readonly instructionSets: readonly string[];
  /** Cores that the cgroup allows, which may be fewer than the machine has. */
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
}

/** The machine that a measurement ran on, as far as a reader needs it to judge the figures. */
export function describeMachine(): Machine {
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(readOrEmpty('/proc/cpuinfo'))?.[1]?.split(' '));
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    instructionSets: telling.filter((flag) => flags.has(flag)),
    cores: cpuQuota(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
