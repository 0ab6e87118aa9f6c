import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const goldens = fileURLToPath(new URL('./goldens/', import.meta.url));
const made: string[] = [];

/** A copy of a tiny model in a new directory, changed by `damage`. */
export function damagedCopy(name: string, damage: (directory: string) => void = () => {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'secondpass-model-'));
  made.push(directory);
  cpSync(join(goldens, name), directory, { recursive: true });
  damage(directory);
  return directory;
}

export function removeCopies(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

export const graphOf = (directory: string) => join(directory, 'onnx/model.onnx');

/** Replaces a name in an ONNX file by another of the same length, which keeps the protobuf valid. */
export function renameInGraph(directory: string, from: string, to: string): void {
  const bytes = readFileSync(graphOf(directory), 'latin1').replaceAll(from, to);
  writeFileSync(graphOf(directory), bytes, 'latin1');
}

/** Overwrites every float of an initializer; its data follows its name as protobuf field 9. */
export function fillInitializer(directory: string, name: string, value: number): void {
  const bytes = readFileSync(graphOf(directory));
  const nameAt = bytes.indexOf(`B${String.fromCharCode(name.length)}${name}`, 0, 'latin1');
  let at = nameAt + 2 + name.length;
  if (nameAt === -1 || bytes[at] !== 0x4a) throw new Error(`no initializer ${name} with raw data`);
  at += 1;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at]!;
    at += 1;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  for (let offset = 0; offset < length; offset += 4) bytes.writeFloatLE(value, at + offset);
  writeFileSync(graphOf(directory), bytes);
}
