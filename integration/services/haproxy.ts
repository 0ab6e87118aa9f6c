import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NotRun } from '../engines.ts';
import { freePort } from './free-port.ts';

export interface StartedBalancer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Lines that it has written, one for each request and each change of an instance's state. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** The file that the documentation names. */
const documented = fileURLToPath(new URL('../../deploy/haproxy.cfg', import.meta.url));

const secondsToStart = 60;

/** HAProxy's program; `undefined` if it is not installed. */
export async function findHaproxy(): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']) {
    const file = join(folder, 'haproxy');
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

/**
 * HAProxy on loopback before instances that are up, by `deploy/haproxy.cfg`.
 *
 * @param instances their URLs: as many as the configuration names
 * @param configuration another file of the same variables
 */
export async function startHaproxy(
  instances: readonly string[],
  configuration = documented,
): Promise<StartedBalancer | NotRun> {
  const program = await findHaproxy();
  if (!program) return { notRun: 'there is no haproxy; install-haproxy.sh installs it.' };
  const address = `127.0.0.1:${await freePort()}`;
  const places = instances.map((url, index) => [`RERANKER_${index + 1}`, new URL(url).host]);
  const log: string[] = [];
  const balancer = spawn(program, ['-db', '-f', configuration], {
    env: { ...process.env, BALANCER: address, ...Object.fromEntries(places) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [balancer.stdout!, balancer.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => log.push(...text.trimEnd().split('\n')));
  }
  const url = `http://${address}`;
  const stop = async () => {
    if (balancer.exitCode !== null || balancer.signalCode !== null) return;
    const exited = once(balancer, 'exit');
    balancer.kill('SIGKILL');
    await exited;
  };
  try {
    await untilReady(`${url}/balancer/ready`, balancer, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, log, stop };
}

async function untilReady(url: string, balancer: ChildProcess, log: readonly string[]): Promise<void> {
  const deadlineAt = Date.now() + secondsToStart * 1000;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    if (balancer.exitCode !== null || Date.now() > deadlineAt) {
      throw new Error(`HAProxy is not ready: ${log.slice(-20).join('\n')}`);
    }
    await sleep(100);
  }
}
