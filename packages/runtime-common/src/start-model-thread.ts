import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread that loads ONNX Runtime. All such threads are started here, because of two settings:
 *
 * - From version 1.29 on, ONNX Runtime sends usage events to its vendor unless `ORT_DISABLE_TELEMETRY` is set when its
 *   native library loads. A worker's `process.env` is a copy that native code does not see, so the variable is set here.
 * - Node's own flags stay with the host process: some of them, such as `--input-type`, keep a thread from starting.
 *
 * @example
 * import { once } from 'node:events';
 * import { startModelThread } from '@secondpass/runtime-common';
 * const script = new URL('data:text/javascript,import { parentPort, workerData } from "node:worker_threads"; parentPort.postMessage(workerData)');
 * const thread = startModelThread(script, { workerData: 'ready' });
 * await once(thread, 'message'); // → [ 'ready' ]
 */
export function startModelThread(
  script: URL,
  options: Pick<WorkerOptions, 'workerData' | 'resourceLimits'>,
): Worker {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  return new Worker(script, { ...options, execArgv: [] });
}
