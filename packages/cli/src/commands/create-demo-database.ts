import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8 from compiling WebAssembly a second time, to faster code: for the largest functions of PGlite that takes 500 MB for a
 * moment, far more than it brings for a few thousand passages. Applies to the whole process, and to what is compiled later.
 */
export function compileWasmOnce(): void {
  // Either of them alone has no effect once Node.js has started.
  for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
}

/** Longest time that it may take, in milliseconds; a second or two is usual. */
const timeoutMs = 300_000;

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only.
const script = new URL(
  import.meta.url.endsWith('.ts') ? './demo-database-main.ts' : './demo-database-main.js',
  import.meta.url,
);

/**
 * Creates the embedded database in a process of its own. Creating it takes 400 MB more than opening it, and a process keeps
 * much of that until it ends. If it fails, opening the directory creates the database, or tells what is wrong.
 *
 * @throws the signal's reason
 */
export async function createDemoDatabase(directory: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const path = fileURLToPath(script);
    execFile(process.execPath, [path, directory], { signal, timeout: timeoutMs }, () => resolve());
  });
  signal.throwIfAborted();
}
