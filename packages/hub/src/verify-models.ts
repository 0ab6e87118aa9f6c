import { RetrievalError } from '@secondpass/core';
import { readLockFile } from './lock-file.ts';
import { checkLockedModelOptions, type LockedModelOptions } from './locked-model-options.ts';
import { parseModelName } from './model-name.ts';
import { type LockedModelState, lockedModelStates } from './open-locked-model.ts';

/** A pinned model, and whether its files are as the lock file says. */
export interface VerifiedModel {
  readonly name: string;
  readonly revision: string;
  readonly commit: string;
  readonly files: readonly LockedModelState[];
  readonly intact: boolean;
}

/**
 * Compares every cached file of one model, or of all that are pinned, with its digest in the lock file.
 *
 * @throws RetrievalError `model-not-found` when the named one is not pinned
 *
 * @example
 * import { readHubSettings, verifyModels } from '@secondpass/hub';
 * const settings = await readHubSettings(process.env);
 * const verified = await verifyModels(undefined, { lockFile: 'secondpass.lock.json', settings });
 * verified.every(({ intact }) => intact); // → true
 */
export async function verifyModels(
  name: string | undefined,
  options: LockedModelOptions,
): Promise<readonly VerifiedModel[]> {
  const { lockFile, settings, signal } = checkLockedModelOptions(options, 'verify-models');
  const models = await readLockFile(lockFile);
  const wanted = name === undefined ? Object.keys(models) : [parseModelName(name).name];
  const verified: VerifiedModel[] = [];
  for (const one of wanted) {
    const locked = models[one];
    if (!locked)
      throw new RetrievalError({
        code: 'model-not-found',
        origin: one,
        problem: `The model is not in ${lockFile}.`,
        nextStep: `Run: secondpass models add ${one}`,
      });
    const files = await lockedModelStates(one, locked, settings, signal);
    const intact = files.every(({ state }) => state === 'ok');
    verified.push({ name: one, revision: locked.revision, commit: locked.commit, files, intact });
  }
  return verified;
}
