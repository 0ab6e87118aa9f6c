import { modelNames } from '@secondpass/models';

/** How a `--model` or `model:` value is read, for help texts. */
export const modelHelp = `a bundled model (${modelNames.join(', ')}), a model directory, or one that "secondpass models add" fetched`;
