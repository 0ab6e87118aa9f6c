import { readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';

/** What decides how ONNX Runtime computes on a processor. */
export interface Processor {
  readonly architecture: string;
  /** The kernel's list of features, separated by spaces; empty where the system does not tell. */
  readonly flags: string;
  /** As the vendor calls it. */
  readonly model: string;
}

/** The processor of this machine. */
export function describeProcessor(): Processor {
  return { architecture: arch(), flags: flagsOfLinux(), model: cpus()[0]?.model ?? '' };
}

function flagsOfLinux(): string {
  if (platform() !== 'linux') return '';
  try {
    return /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim() ?? '';
  } catch {
    return '';
  }
}
