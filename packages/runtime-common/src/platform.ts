import { readdirSync } from 'node:fs';

/**
 * Such as `linux-x64 (musl)`.
 *
 * @example
 * import { platformName } from '@secondpass/runtime-common';
 * platformName().startsWith(process.platform); // → true
 */
export function platformName(): string {
  return `${process.platform}-${process.arch}${isMusl() ? ' (musl)' : ''}`;
}

/**
 * Linux without glibc, such as Alpine.
 *
 * @example
 * import { isMusl } from '@secondpass/runtime-common';
 * typeof isMusl(); // → 'boolean'
 */
export function isMusl(): boolean {
  if (process.platform !== 'linux' || !hasMuslLoader()) return false;
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header !== undefined && header.glibcVersionRuntime === undefined;
}

/** The report takes milliseconds, and on most machines this says enough. */
function hasMuslLoader(): boolean {
  try {
    return readdirSync('/lib').some((file) => file.startsWith('ld-musl-'));
  } catch {
    return false;
  }
}
