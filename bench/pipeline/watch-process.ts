import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface ProcessReport {
  readonly residentMB: { readonly start: number; readonly end: number };
  /** How late the event loop was, at its 99th percentile. */
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number };
  readonly unhandledRejections: number;
}

/** Watches this process until the returned function is called. */
export function watchProcess(): () => ProcessReport {
  const start = residentMB();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let unhandledRejections = 0;
  const count = () => {
    unhandledRejections += 1;
  };
  process.on('unhandledRejection', count);
  return () => {
    delay.disable();
    process.off('unhandledRejection', count);
    return {
      residentMB: { start, end: residentMB() },
      // Its timer waits for 5 ms itself.
      eventLoopDelayMs: { p50: delay.percentile(50) / 1e6 - 5, p99: delay.percentile(99) / 1e6 - 5 },
      unhandledRejections,
    };
  };
}

function residentMB(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}
