import { z } from 'zod';
import type { HubSettings } from './hub-settings.ts';

/** The option `settings` of what reads the cache. */
export const hubSettings = z.custom<HubSettings>(
  (value) => typeof (value as Partial<HubSettings> | null)?.cacheDirectory === 'string',
  'what readHubSettings gives',
);
