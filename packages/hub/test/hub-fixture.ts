import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from '@jest/globals';
import { type AddModelOptions, addModel } from '../src/add-model.ts';
import { type HubSettings, readHubSettings } from '../src/hub-settings.ts';
import { FakeHub } from './fake-hub.ts';
import { filesOf } from './model-files.ts';

export const goldens = fileURLToPath(new URL('../../core/test/models/goldens', import.meta.url));
export const tinyBert = filesOf(join(goldens, 'tiny-bert'));
export const name = 'someone/tiny-bert';
export const token = 'hf_a-token-nobody-may-see';

/** A hub with one model, an empty cache and an empty folder for a lock file, for each test. */
export interface Fixture {
  hub: FakeHub;
  folder: string;
  lockFile: string;
  settings: HubSettings;
  /** What looks up pinned models is told. */
  pinned: { readonly lockFile: string; readonly settings: HubSettings };
  commit: string;
  add(written?: string, options?: Partial<AddModelOptions>): ReturnType<typeof addModel>;
}

export function useHub(): Fixture {
  const fixture = {} as Fixture;
  beforeEach(async () => {
    fixture.hub = await FakeHub.start();
    fixture.folder = mkdtempSync(join(tmpdir(), 'secondpass-hub-'));
    fixture.lockFile = join(fixture.folder, 'project', 'secondpass.lock.json');
    fixture.commit = fixture.hub.publish(name, tinyBert);
    fixture.settings = await readHubSettings(
      { HF_HOME: join(fixture.folder, 'huggingface') },
      { endpoint: fixture.hub.endpoint, token, backoffMs: 1, stallTimeoutMs: 5_000 },
    );
    fixture.pinned = { lockFile: fixture.lockFile, settings: fixture.settings };
    fixture.add = (written = name, options = {}) =>
      addModel(written, { lockFile: fixture.lockFile, settings: fixture.settings, ...options });
  });
  afterEach(async () => {
    await fixture.hub.close();
    rmSync(fixture.folder, { recursive: true, force: true });
  });
  return fixture;
}
