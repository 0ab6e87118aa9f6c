import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedElastic } from '../../integration/services/elastic.ts';
import type { PostgresContainer } from './postgres-container.ts';
import type { RunLog } from './run-log.ts';

export interface DailyLife {
  readonly postgres: PostgresContainer;
  readonly elastic: StartedElastic;
  /** Starts a server, moves the requests over, and ends the old one. */
  readonly deploy: () => Promise<object>;
  readonly log: RunLog;
}

/** What happens when, in minutes of two hours; a shorter run has all of it closer together. */
const days: readonly (readonly [minute: number, what: string, minutes?: number])[] = [
  [8, 'deploy'],
  [18, 'PostgreSQL restarted'],
  [23, 'deploy'],
  [30, 'Elasticsearch killed'],
  [38, 'deploy'],
  [44, 'slow disk', 4],
  [53, 'deploy'],
  [62, 'PostgreSQL restarted'],
  [68, 'deploy'],
  [76, 'Elasticsearch killed'],
  [83, 'deploy'],
  [90, 'PostgreSQL killed'],
  [98, 'deploy'],
  [104, 'slow disk', 4],
  [112, 'deploy'],
];
/** A table of one and a half megabytes is then read in some seconds, where it was not read just before. */
const slowBytesPerSecond = 64 * 1024;

/** One after the other until all are over or `stop` is aborted; each is written down with its beginning and end. */
export async function liveThrough(
  start: number,
  hours: number,
  { postgres, elastic, deploy, log }: DailyLife,
  stop: AbortSignal,
): Promise<void> {
  const minute = (60_000 * hours) / 2;
  const happen: Readonly<Record<string, (minutes: number) => Promise<object | undefined>>> = {
    deploy,
    'PostgreSQL restarted': async () => void (await postgres.restart()),
    'PostgreSQL killed': async () => void (await postgres.killAndStart()),
    'Elasticsearch killed': async () => {
      await elastic.power!.off();
      await sleep(5_000);
      await elastic.power!.on();
      return undefined;
    },
    'slow disk': async (minutes) => {
      const over = AbortSignal.any([stop, AbortSignal.timeout(minutes * minute)]);
      await postgres.slowDisk(slowBytesPerSecond, over);
      return { bytesPerSecond: slowBytesPerSecond };
    },
  };
  for (const [at, what, minutes = 0] of days) {
    const wait = start + at * minute - Date.now();
    await sleep(Math.max(0, wait), undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return;
    const from = Date.now();
    try {
      const details = await happen[what]!(minutes);
      log.event({ what, from, to: Date.now(), ...(details && { details }) });
    } catch (error) {
      log.failure({ what: `event: ${what}`, error: String(error) });
      log.event({ what, from, to: Date.now(), details: { failed: String(error) } });
    }
  }
}
