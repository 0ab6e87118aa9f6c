import { stat } from 'node:fs/promises';
import { sha256Of } from '@secondpass/core/runtime';
import { z } from 'zod';

/** A file of the cache, as it was when its content was last checked. */
export const checkedFileSchema = z.object({
  /** Hexadecimal. */
  sha256: z.string(),
  /** What {@link stampOf} said of it. Absent in entries of earlier versions. */
  stamp: z.string().optional(),
});
export type CheckedFile = z.infer<typeof checkedFileSchema>;

/**
 * What the file system says of a file. It changes with every write to the file, and with another file in its place.
 *
 * @throws the system's error where there is none
 */
export async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].join('-');
}

/**
 * Whether a file of the cache still is what it was. A file that nobody has touched since its digest was checked is not read
 * again: reading the weights of three models takes longer than starting their threads. Who could forge a stamp could as well
 * write another digest next to it.
 *
 * @returns the file with its stamp of today; `undefined` if it is altered
 * @throws the system's error where there is none
 */
export async function recheck(
  path: string,
  { sha256, stamp }: CheckedFile,
): Promise<CheckedFile | undefined> {
  const today = await stampOf(path);
  return today === stamp || (await sha256Of(path)) === sha256 ? { sha256, stamp: today } : undefined;
}
