import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

export const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
export const gitSha1 = (content: Buffer) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
/** Whether a hub keeps it in LFS. */
export const isLarge = (path: string) => /\.(?:onnx|onnx_data|safetensors)$/.test(path);
export const digestOf = (path: string, content: Buffer) =>
  isLarge(path) ? sha256(content) : gitSha1(content);

/** The files of a folder, by their paths with `/`. */
export function filesOf(folder: string): Record<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    paths.map((path) => [
      path
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
      readFileSync(path),
    ]),
  );
}
