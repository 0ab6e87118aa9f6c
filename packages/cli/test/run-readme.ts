import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { documentedBlocks, root } from './documented-blocks.ts';

/** Runs the first program of a page from a folder that sees what it imports, and gives the lines that it prints. */
export async function runReadme(
  page: string,
  folder: string,
  args: readonly string[] = [],
): Promise<readonly string[]> {
  const program = documentedBlocks().find(
    ({ where, language }) => where.startsWith(`${page}:`) && language === 'ts',
  );
  if (!program) throw new Error(`${page} has no program`);
  const file = join(root, folder, `readme-${process.pid}.ts`);
  writeFileSync(file, program.text);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], {
      cwd: join(root, folder),
      timeout: 50_000,
    });
    return stdout.trim().split('\n');
  } finally {
    rmSync(file);
  }
}
