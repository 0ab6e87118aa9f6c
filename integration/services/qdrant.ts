import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { NotRun } from '../engines.ts';
import { freePort } from './free-port.ts';

export interface StartedQdrant {
  readonly url: string;
  /** Such as `Qdrant 1.19.0`. */
  readonly version: string;
  /** Kills the server, and starts it again at the same address. Absent for a server that is not ours to kill. */
  readonly power?: { off(): Promise<void>; on(): Promise<void> };
  stop(): Promise<void>;
}

const secondsToStart = 60;

/**
 * A Qdrant server: the one at `QDRANT_URL`; else a container of the image that
 * `QDRANT_IMAGE` names or that `qdrant/Dockerfile` pins; else the binary that `QDRANT_BINARY`
 * names or that is called `qdrant` on the PATH.
 *
 * @throws Error when a URL, image or binary is named and does not work: that is a mistake, not an absence
 */
export async function startQdrant(): Promise<StartedQdrant | NotRun> {
  const url = process.env['QDRANT_URL'];
  if (url) return { url, version: `Qdrant ${await waitForVersion(url)}`, stop: async () => {} };
  const namedImage = process.env['QDRANT_IMAGE'];
  const binary = process.env['QDRANT_BINARY'] || (await onPath('qdrant'));
  if (binary && !namedImage) return startBinary(binary);

  // Who brings an image of their own can often pull none, and the helper that testcontainers cleans up with is one.
  if (namedImage) process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const runtime = await getContainerRuntimeClient().catch(() => undefined);
  if (runtime === undefined) {
    if (namedImage) throw new Error(`QDRANT_IMAGE is ${namedImage} and no Docker answers.`);
    return {
      notRun: 'no Docker answers, QDRANT_URL is not set and there is no qdrant on the PATH.',
    };
  }
  const image = namedImage ?? (await pinnedImage());
  try {
    return await startContainer(image);
  } catch (error) {
    if (namedImage) throw error;
    return { notRun: `${image} could not be started: ${String(error).slice(0, 200)}` };
  }
}

async function startBinary(binary: string): Promise<StartedQdrant> {
  const grpcPort = await freePort();
  const started = await startProcess((port, directory) => ({
    command: binary,
    options: [],
    environment: {
      QDRANT__SERVICE__HTTP_PORT: String(port),
      QDRANT__SERVICE__GRPC_PORT: String(grpcPort),
      QDRANT__SERVICE__HOST: '127.0.0.1',
      QDRANT__STORAGE__STORAGE_PATH: join(directory, 'storage'),
      QDRANT__STORAGE__SNAPSHOTS_PATH: join(directory, 'snapshots'),
      QDRANT__TELEMETRY_DISABLED: 'true',
    },
  }));
  return { ...started, version: `Qdrant ${await waitForVersion(started.url)}` };
}

interface Command {
  readonly command: string;
  readonly options: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

async function startProcess(commandAt: (port: number, directory: string) => Command) {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'secondpass-qdrant-'));
  const url = `http://127.0.0.1:${port}`;
  const { command, options, environment } = commandAt(port, directory);
  let child: ChildProcess;
  const on = async () => {
    child = spawn(command, options, {
      cwd: directory,
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    });
    await waitForVersion(url, () => child.exitCode !== null);
  };
  const off = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill('SIGKILL')) await ended;
  };
  const stop = async () => {
    await off();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await on();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, power: { on, off }, stop };
}

async function startContainer(image: string): Promise<StartedQdrant> {
  // A port that Docker picks is another one after a restart.
  const port = await freePort();
  const container = await new GenericContainer(image)
    .withEnvironment({ QDRANT__TELEMETRY_DISABLED: 'true' })
    .withExposedPorts({ container: 6333, host: port })
    .withLabels({ 'org.secondpass.test': 'qdrant' })
    .start();
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const handle = dockerode.getContainer(container.getId());
  const url = `http://${container.getHost()}:${port}`;
  return {
    url,
    version: `Qdrant ${await waitForVersion(url)}`,
    power: {
      off: async () => {
        await handle.kill();
      },
      on: async () => {
        await handle.start();
        await waitForVersion(url);
      },
    },
    stop: async () => {
      await container.stop();
    },
  };
}

async function waitForVersion(url: string, ended: () => boolean = () => false): Promise<string> {
  const deadlineAt = Date.now() + secondsToStart * 1000;
  for (;;) {
    try {
      const key = process.env['QDRANT_API_KEY'];
      const response = await fetch(url, {
        signal: AbortSignal.timeout(5000),
        headers: key ? { 'api-key': key } : {},
      });
      if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
      return ((await response.json()) as { version: string }).version;
    } catch (error) {
      if (ended()) throw new Error(`The server for ${url} ended by itself.`, { cause: error });
      if (Date.now() > deadlineAt) throw error;
      await sleep(100);
    }
  }
}

async function pinnedImage(): Promise<string> {
  const dockerfile = await readFile(new URL('qdrant/Dockerfile', import.meta.url), 'utf8');
  return dockerfile.match(/^FROM (\S+)/m)![1]!;
}

async function onPath(command: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    if (directory !== '' && (await exists(join(directory, command)))) return join(directory, command);
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
