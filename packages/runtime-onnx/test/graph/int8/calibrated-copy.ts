import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calibrateCrossEncoder } from '@secondpass/core/models';

const goldens = fileURLToPath(new URL('../../../../core/test/models/goldens/', import.meta.url));
const made: string[] = [];

/** Absolute path of a tiny model. */
export const tiny = (name: string) => join(goldens, name);

/** Pairs with enough words in them to be read as text. */
export const pairs: readonly { readonly query: string; readonly passage: string }[] = JSON.parse(
  readFileSync(join(goldens, 'goldens.json'), 'utf8'),
)
  .pairs.map(([query, passage]: [string, string]) => ({ query, passage }))
  .filter(({ query, passage }: { query: string; passage: string }) => query.trim() && passage.trim());

/** A folder of its own, gone with {@link removeFolders}. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'secondpass-int8-'));
  made.push(folder);
  return folder;
}

/** A copy of a tiny cross-encoder, calibrated with the first hundred pairs. */
export async function calibratedCopy(name: string): Promise<string> {
  const out = newFolder();
  await calibrateCrossEncoder(tiny(name), { pairs: pairs.slice(0, 100), out });
  return out;
}

export function removeFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}
