import { abortSignal, checkOptions, text } from '@secondpass/core/extend';
import { z } from 'zod';
import type { HubSettings } from './hub-settings.ts';
import { hubSettings } from './hub-settings-shape.ts';

/** Where pinned models are looked up. */
export interface LockedModelOptions {
  readonly lockFile: string;
  readonly settings: HubSettings;
  readonly signal?: AbortSignal;
}

const schema = z.strictObject({ lockFile: text, settings: hubSettings, signal: abortSignal.optional() });

/** @throws RetrievalError `invalid-options`, whose `path` leads to the option */
export function checkLockedModelOptions(options: LockedModelOptions, origin: string): LockedModelOptions {
  checkOptions(schema, options, { origin });
  return options;
}
