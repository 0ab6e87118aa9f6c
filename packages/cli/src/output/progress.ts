import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

/** The progress of one phase. */
export interface Progress {
  update(done: number): void;
  /** Ends the phase; `summary` replaces the bar. */
  end(summary?: string): void;
}

/** A bar on a terminal; otherwise one line when the phase begins and one when it ends. */
export function startProgress(terminal: Terminal, label: string, total: number): Progress {
  if (!terminal.err.isTTY) {
    terminal.say(`${label} …`);
    return {
      update: () => undefined,
      end: (summary) => summary !== undefined && terminal.say(summary),
    };
  }
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} · {eta_formatted} left`,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stream: terminal.err as NodeJS.WriteStream,
    // An embedded engine blocks this thread, so timers are late: draw on each update instead.
    fps: 20,
    forceRedraw: true,
  });
  bar.start(total, 0);
  return {
    update: (done) => bar.update(done),
    end: (summary) => {
      bar.stop();
      if (summary !== undefined) terminal.say(summary);
    },
  };
}
