import { workerData } from 'node:worker_threads';

/**
 * Whether a thread loads a native library or is inside it, shared by the thread and the process that started it.
 *
 * Node terminates its threads when the process exits. A thread that is inside ONNX Runtime at that moment cannot hand its
 * result to JavaScript any more; the library's C++ error for that aborts the whole process, with SIGABRT in place of the exit
 * code. So the process waits for such a thread before it exits.
 */
export type NativeCodeState = Int32Array<SharedArrayBuffer>;

/** What a thread gets from `startModelThread`. */
export interface ModelThreadData {
  readonly task: unknown;
  readonly nativeCode: NativeCodeState;
}

const callsAt = 0;
const exitingAt = 1;
const loadingAt = 2;
/** Longest time that an exit waits for the native code of all threads, in milliseconds. */
const exitTimeoutMs = 10_000;

/** States of the threads that run. */
const running = new Set<NativeCodeState>();
let listening = false;

/**
 * The state of a thread that is about to start. The thread counts as inside native code until it calls `endLoading`, because it
 * loads the library before its own first line.
 */
export function stateOfNewThread(): NativeCodeState {
  const state = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  Atomics.store(state, loadingAt, 1);
  return state;
}

/**
 * Makes an exit of this process wait for a thread that has been started.
 *
 * @returns a function to call once the thread has ended
 */
export function watchNativeCode(state: NativeCodeState): () => void {
  running.add(state);
  if (!listening) process.once('exit', waitForNativeCode);
  listening = true;
  return () => running.delete(state);
}

function waitForNativeCode(): void {
  const until = performance.now() + exitTimeoutMs;
  for (const state of running) Atomics.store(state, exitingAt, 1);
  for (const state of running) {
    // Loading first: a thread that has loaded sees `exitingAt` before its next call.
    for (const cell of [loadingAt, callsAt]) {
      for (let count = Atomics.load(state, cell); count > 0; count = Atomics.load(state, cell)) {
        const leftMs = until - performance.now();
        if (leftMs <= 0) return;
        Atomics.wait(state, cell, count, leftMs);
      }
    }
  }
}

/** Says that this thread has loaded its libraries. */
export function endLoading(): void {
  const state = (workerData as ModelThreadData).nativeCode;
  Atomics.store(state, loadingAt, 0);
  Atomics.notify(state, loadingAt);
}

/**
 * Runs a call into a native library on a thread that `startModelThread` started, so that the process does not exit in the
 * middle of it. Elsewhere it only makes the call.
 *
 * @example
 * import { inNativeCode } from '@secondpass/runtime-common/thread';
 * await inNativeCode(async () => 6 * 7); // → 42
 */
export async function inNativeCode<Result>(call: () => Promise<Result>): Promise<Result> {
  const state = (workerData as ModelThreadData | null)?.nativeCode;
  if (!state) return call();
  Atomics.add(state, callsAt, 1);
  if (Atomics.load(state, exitingAt) === 1) {
    leave(state);
    // The exit ends this thread in its event loop, which the timer keeps alive. A thread that blocks cannot be ended for
    // sure: of 119 exits in Node 24, 16 found this one in Atomics.wait() and waited for it without end.
    await new Promise(() => setInterval(() => {}, exitTimeoutMs));
  }
  try {
    return await call();
  } finally {
    leave(state);
  }
}

function leave(state: NativeCodeState): void {
  Atomics.sub(state, callsAt, 1);
  Atomics.notify(state, callsAt);
}
