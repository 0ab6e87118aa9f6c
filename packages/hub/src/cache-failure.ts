import { RetrievalError } from '@secondpass/core';

const nextSteps: Record<string, string> = {
  ENOSPC:
    'Free some space, or set HF_HUB_CACHE to a folder on another disk; the next run continues the download.',
  EDQUOT:
    'Free some space, or set HF_HUB_CACHE to a folder on another disk; the next run continues the download.',
  EACCES: 'Set HF_HUB_CACHE to a folder that you may write to.',
  EPERM: 'Set HF_HUB_CACHE to a folder that you may write to.',
  EROFS: 'Set HF_HUB_CACHE to a folder that you may write to.',
};

/** A file of the cache, or the lock file, that cannot be written. */
export function cacheFailure(path: string, error: unknown): RetrievalError {
  if (RetrievalError.is(error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new RetrievalError({
    code: 'model-cache-failed',
    origin: path,
    problem: `This cannot be written (${code || String(error)}).`,
    nextStep: nextSteps[code] ?? 'Check the disk and the folder; existing files are unharmed.',
    cause: error,
  });
}
