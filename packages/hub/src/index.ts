export { type AddedModel, type AddModelOptions, addModel } from './add-model.ts';
export type { FetchProgress } from './fetch-model.ts';
export { type HubSettings, readHubSettings } from './hub-settings.ts';
export { type LockedModel, type LockedModels, lockFileName, readLockFile } from './lock-file.ts';
export { type ModelName, parseModelName, tryParseModelName } from './model-name.ts';
export { type LockedModelState, openLockedModel } from './open-locked-model.ts';
export { type RemoveModelOptions, removeModel } from './remove-model.ts';
export { type VerifiedModel, verifyModels } from './verify-models.ts';
