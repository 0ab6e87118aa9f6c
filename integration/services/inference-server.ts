import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { NotRun } from '../engines.ts';
import { freePort } from './free-port.ts';

/** Keeps servers from fetching anything, and from sending usage events. */
const untracked = { HF_HUB_OFFLINE: '1', DO_NOT_TRACK: '1', ORT_DISABLE_TELEMETRY: '1' };

export interface StartedInferenceServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Kills the server and what it has started, and starts it again at the same address. */
  readonly power: { off(): Promise<void>; on(): Promise<void> };
  /** Lets the server and what it has started hang: its sockets stay open, and it does nothing. */
  readonly pulse: { off(): void; on(): void };
  stop(): Promise<void>;
}

export interface InferenceServerPlan {
  /** Of its folder in this one and of its virtual environment. */
  readonly name: string;
  /** A path that answers with 200 once requests are. */
  readonly readyPath: string;
  /** What is run, for ports and a folder that are its own. */
  at(place: { port: number; otherPorts: readonly number[]; work: string }): InferenceServerCommand;
}

export interface InferenceServerCommand {
  /** A script of Python and its arguments, run to its end before the first start. */
  readonly prepare?: readonly string[];
  /** A program of the virtual environment and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

const secondsToStart = 300;

/**
 * A server on loopback that `install-inference-servers.sh` has installed. What it prints is kept in
 * `test-results/servers/<name>-<port>.log`.
 *
 * @throws Error when it is installed and does not start: that is a mistake, not an absence
 */
export async function startInferenceServer(
  plan: InferenceServerPlan,
): Promise<StartedInferenceServer | NotRun> {
  const { name, readyPath } = plan;
  const engines = process.env['SECONDPASS_ENGINES'] || join(homedir(), '.cache', 'secondpass');
  const home = join(engines, name);
  const pins = await readFile(new URL(`${name}/requirements.txt`, import.meta.url), 'utf8');
  const installed = await readFile(join(home, 'requirements.txt'), 'utf8').catch(() => undefined);
  if (installed !== pins) {
    const what = installed === undefined ? 'installed nothing' : 'installed other versions';
    return { notRun: `install-inference-servers.sh has ${what} in ${home}.` };
  }

  const work = await mkdtemp(join(tmpdir(), `secondpass-${name}-`));
  const [port, ...otherPorts] = await Promise.all([freePort(), freePort(), freePort()]);
  const url = `http://127.0.0.1:${port}`;
  const logFile = logFileOf(name, port);
  const log = openSync(logFile, 'w');
  const { prepare, command, environment } = plan.at({ port, otherPorts, work });
  const [program, ...words] = command;
  let server: ChildProcess | undefined;

  const on = async () => {
    server = spawn(join(home, 'bin', program), words, {
      cwd: work,
      // A process group of its own, so that what it starts can be killed with it.
      detached: true,
      env: { ...process.env, ...environment, HOME: work, ...untracked },
      stdio: ['ignore', log, log],
    });
    killWithThisProcess(server);
    await waitUntilReady(`${url}${readyPath}`, server, logFile);
  };
  const off = async () => {
    if (server && !hasEnded(server)) await endedBy(server, () => signalGroup(server!, 'SIGKILL'));
  };
  const stop = async () => {
    const patience = setTimeout(off, 10_000);
    if (server && !hasEnded(server)) await endedBy(server, () => server!.kill('SIGINT'));
    clearTimeout(patience);
    if (server) signalGroup(server, 'SIGKILL');
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    if (prepare) await promisify(execFile)(join(home, 'bin', 'python'), [...prepare]);
    await on();
  } catch (error) {
    await stop();
    throw error;
  }
  const pulse = {
    off: () => signalGroup(server!, 'SIGSTOP'),
    on: () => signalGroup(server!, 'SIGCONT'),
  };
  return { url, power: { off, on }, pulse, stop };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function endedBy(server: ChildProcess, end: () => void): Promise<void> {
  const exited = once(server, 'exit');
  end();
  await exited;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid!, signal);
  } catch {
    // Nobody of it is left.
  }
}

/** Tests that crash leave no server behind: the shell's input closes with them. */
function killWithThisProcess(server: ChildProcess): void {
  const guard = spawn('/bin/sh', ['-c', `cat; kill -9 -${server.pid}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  server.once('exit', () => guard.kill('SIGKILL'));
}

function logFileOf(name: string, port: number): string {
  const folder = fileURLToPath(new URL('../../test-results/servers/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}-${port}.log`);
}

async function waitUntilReady(url: string, server: ChildProcess, logFile: string): Promise<void> {
  const deadlineAt = Date.now() + secondsToStart * 1000;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    const ended = hasEnded(server);
    if (ended || Date.now() > deadlineAt) {
      const why = ended ? 'ended at its start' : `was not ready after ${secondsToStart} s`;
      throw new Error(`The server for ${url} ${why}: ${readFileSync(logFile, 'utf8').slice(-2000)}`);
    }
    await sleep(100);
  }
}
