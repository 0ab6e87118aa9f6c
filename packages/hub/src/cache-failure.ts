import { RetrievalError } from '@secondpass/core';

const nextSteps: Record<string, string> = {
  ENOSPC:
    'Free some space, or set HF_HUB_CACHE to a folder on another disk; what has come is kept and gone on from.',
  EDQUOT:
    'Free some space, or set HF_HUB_CACHE to a folder on another disk; what has come is kept and gone on from.',
  EACCES: 'Set HF_HUB_CACHE to a folder that may be written.',
  EPERM: 'Set HF_HUB_CACHE to a folder that may be written.',
  EROFS: 'Set HF_HUB_CACHE to a folder that may be written.',
};

/** A file of the cache, or the lock file, that cannot be written. */
export function cacheFailure(path: string, error: unknown): RetrievalError {
  if (RetrievalError.is(error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new RetrievalError({
    code: 'model-cache-failed',
    origin: path,
    problem: `This cannot be written (${code || String(error)}).`,
    nextStep: nextSteps[code] ?? 'Check the disk and the folder; nothing that was there before is harmed.',
    cause: error,
  });
}
