import { type ChildProcess, fork } from 'node:child_process';
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';
import type { TokenizerProcessSettings } from './tokenizer-messages.ts';

// From a checkout Node runs the TypeScript itself; from the published package there is JavaScript only.
export const tokenizerScript = new URL(
  import.meta.url.endsWith('.ts') ? './tokenizer-process-main.ts' : './tokenizer-process-main.js',
  import.meta.url,
);

/** Variables without which Node or its libraries do not start somewhere, or that say how many threads the library takes. */
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
 * A process of Node that knows no secret of ours: of the environment it gets what is named above, and of our flags none.
 *
 * @throws the system's error where no process may be started
 */
export function startTokenizerProcess(settings: TokenizerProcessSettings): ChildProcess {
  // There the executable is the program itself, which would start itself again and again.
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
    // What the library writes when it panics may hold the text.
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
}
