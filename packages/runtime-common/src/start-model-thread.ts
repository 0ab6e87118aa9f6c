import { errorMonitor } from 'node:events';
import { Worker, type WorkerOptions, workerData } from 'node:worker_threads';
import { endLoading, type ModelThreadData, stateOfNewThread, watchNativeCode } from './native-code.ts';

/**
 * Starts a thread that loads ONNX Runtime. All such threads are started here, for three reasons:
 *
 * - From version 1.29 on, ONNX Runtime sends usage events to its vendor unless `ORT_DISABLE_TELEMETRY` is set when its
 *   native library loads. A worker's `process.env` is a copy that native code does not see, so the variable is set here.
 * - Node's own flags stay with the host process: some of them, such as `--input-type`, keep a thread from starting.
 * - The process must not exit while a thread is inside the library; see `inNativeCode`.
 *
 * @param task what the thread gets from `modelThreadTask`, by structured clone
 *
 * @example
 * import { once } from 'node:events';
 * import { startModelThread } from '@secondpass/runtime-common';
 * const script = new URL('data:text/javascript,import { parentPort, workerData } from "node:worker_threads"; parentPort.postMessage(workerData.task)');
 * const thread = startModelThread(script, 'ready');
 * await once(thread, 'message'); // → [ 'ready' ]
 */
export function startModelThread(
  script: URL,
  task: unknown,
  options: Pick<WorkerOptions, 'resourceLimits'> = {},
): Worker {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const nativeCode = stateOfNewThread();
  const data: ModelThreadData = { task, nativeCode };
  const worker = new Worker(script, { ...options, workerData: data, execArgv: [] });
  const forget = watchNativeCode(nativeCode);
  // An error comes before the exit, and the process may exit in between.
  worker.once(errorMonitor, forget);
  worker.once('exit', forget);
  return worker;
}

/**
 * What this thread was started for, by `startModelThread`. Call it as soon as the thread has loaded: until then an exit of the
 * process waits for the thread, at most 10 s.
 *
 * @example
 * import { once } from 'node:events';
 * import { writeFile } from 'node:fs/promises';
 * import { resolve } from 'node:path';
 * import { pathToFileURL } from 'node:url';
 * import { startModelThread } from '@secondpass/runtime-common';
 * await writeFile('model-thread.mjs', `import { parentPort } from 'node:worker_threads';
 *   import { modelThreadTask } from '@secondpass/runtime-common/thread';
 *   parentPort.postMessage(modelThreadTask());`);
 * const thread = startModelThread(pathToFileURL(resolve('model-thread.mjs')), 'ready');
 * await once(thread, 'message'); // → [ 'ready' ]
 */
export function modelThreadTask<Task>(): Task {
  endLoading();
  return (workerData as ModelThreadData).task as Task;
}
