import { readFile } from 'node:fs/promises';
import { RetrievalError } from '@secondpass/core';
import { describeValue } from '@secondpass/core/extend';
import { z } from 'zod';
import { isRevision, tryParseModelName } from './model-name.ts';
import { isSafePath } from './safe-path.ts';
import { withLock } from './with-lock.ts';
import { writeAtomically } from './write-atomically.ts';

/** The default name of a lock file; put it next to the configuration and under version control. */
export const lockFileName = 'secondpass.lock.json';

const path = z.string().refine(isSafePath, 'a path inside the model');
const lockedModel = z.strictObject({
  /** The revision that was requested: a branch, a tag or a commit. */
  revision: z.string().refine(isRevision, 'a revision'),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** The graph of each precision, as the repository names it. */
  graphs: z.strictObject({ fp32: path.optional(), int8: path.optional() }),
  files: z.record(
    path,
    z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) }),
  ),
});
const lockSchema = z.strictObject({
  version: z.literal(1),
  models: z.record(
    z.string().refine((name) => tryParseModelName(name)?.name === name, 'organization/name'),
    lockedModel,
  ),
});

/** A model as pinned: which commit, and every file of it that is used. */
export type LockedModel = z.infer<typeof lockedModel>;
/** By `organization/name`. */
export type LockedModels = Readonly<Record<string, LockedModel>>;

/**
 * The models that a lock file pins; none if there is no such file.
 *
 * @param file path of the lock file
 * @throws RetrievalError `invalid-config` when it is not a lock file
 *
 * @example
 * import { readLockFile } from '@secondpass/hub';
 * const models = await readLockFile('secondpass.lock.json'); // of a folder without one
 * Object.keys(models).length; // → 0
 */
export async function readLockFile(file: string): Promise<LockedModels> {
  if (typeof file !== 'string' || file === '') {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: 'lock file',
      problem: `lockFile is ${describeValue(file)}.`,
      nextStep: 'Use a path, such as secondpass.lock.json.',
    });
  }
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw unreadable(file, `cannot be read (${error.code})`, error);
  });
  if (text === undefined) return {};
  try {
    return lockSchema.parse(JSON.parse(text)).models;
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const where = issue ? `${issue.path.join('.') || 'the file'}: ${issue.message}` : 'it is not JSON';
    throw unreadable(file, `is not a lock file of secondpass (${where})`, error);
  }
}

/** Changes a lock file, taking turns with other processes; names are sorted so that diffs stay small. */
export async function updateLockFile(
  file: string,
  change: (models: LockedModels) => LockedModels,
  signal?: AbortSignal,
): Promise<void> {
  await withLock(
    `${file}.lock`,
    async () => {
      const models = Object.entries(change(await readLockFile(file))).sort(([a], [b]) => (a < b ? -1 : 1));
      await writeAtomically(
        file,
        `${JSON.stringify({ version: 1, models: Object.fromEntries(models) }, null, 2)}\n`,
      );
    },
    signal,
  );
}

function unreadable(origin: string, problem: string, cause: unknown): RetrievalError {
  return new RetrievalError({
    code: 'invalid-config',
    origin,
    problem: `The file ${problem}.`,
    nextStep: 'Restore it from version control, or remove it and add the models again.',
    cause,
  });
}
