export { type BundledModel, modelDirectory, modelNames } from './model-directory.ts';
