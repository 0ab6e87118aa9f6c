import { constants, copyFile, mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { cacheFailure } from './cache-failure.ts';
import { putAtomically } from './write-atomically.ts';

/**
 * Puts a file into a folder of the cache: a relative link to its bytes, or a copy if links cannot be made.
 *
 * @param path below `folder`, with `/`
 * @throws RetrievalError `model-cache-failed` when an existing link would lead out of the folder
 */
export async function linkFile(target: string, folder: string, path: string): Promise<void> {
  const pointer = join(folder, ...path.split('/'));
  try {
    await mkdir(dirname(pointer), { recursive: true });
  } catch (error) {
    throw cacheFailure(pointer, error);
  }
  const [parent, root] = await Promise.all([realpath(dirname(pointer)), realpath(folder)]);
  if (parent !== root && !parent.startsWith(root + sep)) {
    throw new RetrievalError({
      code: 'model-cache-failed',
      origin: pointer,
      problem: `A link in the cache leads out of it, to ${parent}; nothing was written.`,
      nextStep: `Remove ${folder}, and add the model again.`,
    });
  }
  await putAtomically(pointer, async (temporary) => {
    try {
      await symlink(relative(dirname(pointer), target), temporary);
    } catch (error) {
      if (!isUnlinkable(error)) throw error;
      await copyFile(target, temporary, constants.COPYFILE_FICLONE);
    }
  });
}

/** Windows without developer mode, and file systems without links. */
function isUnlinkable(error: unknown): boolean {
  return ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}
