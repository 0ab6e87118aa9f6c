import { type ChildProcess, fork } from 'node:child_process';
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';
import type { TokenizerProcessSettings } from './tokenizer-messages.ts';

// In a checkout, Node runs the TypeScript file; the published package contains JavaScript only.
export const tokenizerScript = new URL(
  import.meta.url.endsWith('.ts') ? './tokenizer-process-main.ts' : './tokenizer-process-main.js',
  import.meta.url,
);

/** Variables that Node or its libraries need to start on some systems, or that set the library's number of threads. */
const passedOn = [
  'SystemRoot',
  'windir',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'TMPDIR',
  'TEMP',
  'TMP',
  'RAYON_NUM_THREADS',
  'TOKENIZERS_PARALLELISM',
];

/**
 * A Node process without our secrets: it gets only the environment variables named above, and none of our flags.
 *
 * @throws the system's error if no process may be started
 */
export function startTokenizerProcess(settings: TokenizerProcessSettings): ChildProcess {
  // In a single executable, the program would start itself again and again.
  if (isSea()) throw Object.assign(new Error('a single executable'), { code: 'SINGLE_EXECUTABLE' });
  const environment: NodeJS.ProcessEnv = {};
  for (const name of passedOn) {
    if (process.env[name] !== undefined) environment[name] = process.env[name];
  }
  if (process.versions['electron'] !== undefined) environment['ELECTRON_RUN_AS_NODE'] = '1';
  return fork(fileURLToPath(tokenizerScript), [JSON.stringify(settings)], {
    env: environment,
    execArgv: [],
    serialization: 'advanced',
    // The library's panic message may contain the text.
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
}
