import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StartedElastic, startElastic } from '../../integration/services/elastic.ts';
import type { LimitedShare } from './limited-share.ts';

/** A node of Elasticsearch whose process is in the share from its start on. */
export async function elasticInShare(share: LimitedShare): Promise<StartedElastic> {
  const name = `soak-${process.pid}`;
  const starting = startElastic(['9', '8'], { 'node.name': name });
  const taken = take(share, `node.name=${name}`);
  const started = await starting;
  await taken;
  if ('notRun' in started) throw new Error(started.notRun);
  const { power } = started;
  if (!power)
    throw new Error('This run restarts Elasticsearch, so it starts one of its own: unset ELASTIC_URL.');
  return {
    ...started,
    power: {
      off: power.off,
      on: async () => {
        await Promise.all([power.on(), take(share, `node.name=${name}`)]);
      },
    },
  };
}

async function take(share: LimitedShare, word: string): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    const pid = readdirSync('/proc').find((entry) => {
      if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return false;
      try {
        return readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        return false;
      }
    });
    if (pid !== undefined) return share.take(Number(pid));
    await sleep(100);
  }
  throw new Error(`No process with ${word} was started.`);
}
