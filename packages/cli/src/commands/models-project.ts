import { dirname, join, resolve } from 'node:path';
import { type HubSettings, lockFileName, readHubSettings } from '@secondpass/hub';
import type { CommandContext } from '../command-context.ts';

/** A project of pinned models: those in the lock file next to a configuration. */
export interface ModelsProject {
  readonly lockFile: string;
  readonly settings: HubSettings;
  readonly signal: AbortSignal;
}

/** @param config the configuration file; without one, the lock file is in the current folder */
export async function openModelsProject(
  { config }: { readonly config?: string },
  { folder, environment, secrets, signal }: CommandContext,
): Promise<ModelsProject> {
  const settings = await readHubSettings(environment);
  if (settings.token !== undefined) secrets.hide(settings.token, '$' + '{HF_TOKEN}');
  const project = config === undefined ? folder : dirname(resolve(folder, config));
  return { lockFile: join(project, lockFileName), settings, signal };
}
