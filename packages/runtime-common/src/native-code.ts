import { workerData } from 'node:worker_threads';

/**
 * Whether a thread is inside native code, shared by the thread and the process that started it.
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
/** Longest time that an exit waits for the native code of all threads, in milliseconds. */
const exitTimeoutMs = 10_000;

/** States of the threads that run. */
const running = new Set<NativeCodeState>();
let listening = false;

/** A thread's state, which an exit of this process waits for until `forget` is called. */
export function watchNativeCode(): { state: NativeCodeState; forget: () => void } {
  const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  running.add(state);
  if (!listening) process.once('exit', waitForNativeCode);
  listening = true;
  return { state, forget: () => running.delete(state) };
}

function waitForNativeCode(): void {
  const until = performance.now() + exitTimeoutMs;
  for (const state of running) Atomics.store(state, exitingAt, 1);
  for (const state of running) {
    for (let calls = Atomics.load(state, callsAt); calls > 0; calls = Atomics.load(state, callsAt)) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) return;
      Atomics.wait(state, callsAt, calls, leftMs);
    }
  }
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
    // The exit terminates this thread while it waits.
    Atomics.wait(state, exitingAt, 1);
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
