import { readFile } from 'node:fs/promises';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { NotRun } from '../engines.ts';
import { pgvectorVersion } from './first-answer-of-postgres.ts';
import { freePort } from './free-port.ts';

export interface StartedPgvector {
  readonly url: string;
  /** Such as `PostgreSQL 17.11, pgvector 0.8.0`. */
  readonly version: string;
  /** Kills the server, and starts it again at the same address. Absent for a server that is not ours to kill. */
  readonly power?: { off(): Promise<void>; on(): Promise<void> };
  stop(): Promise<void>;
}

/**
 * A PostgreSQL with pgvector: the one at `PGVECTOR_URL`, else a container of the image that
 * `PGVECTOR_IMAGE` names or that `pgvector/Dockerfile` pins.
 *
 * @throws Error when a URL or an image is named and does not work: that is a mistake, not an absence
 */
export async function startPgvector(): Promise<StartedPgvector | NotRun> {
  const url = process.env['PGVECTOR_URL'];
  if (url) return { url, version: await pgvectorVersion(url), stop: async () => {} };

  const image = await postgresImage();
  if (typeof image !== 'string') return image;
  try {
    return await startContainer(image);
  } catch (error) {
    if (process.env['PGVECTOR_IMAGE']) throw error;
    return { notRun: `${image} could not be started: ${String(error).slice(0, 200)}` };
  }
}

/**
 * The image that containers of PostgreSQL are made of, if there is a Docker to run it.
 *
 * @throws Error when an image is named and no Docker answers
 */
export async function postgresImage(): Promise<string | NotRun> {
  const named = process.env['PGVECTOR_IMAGE'];
  // Who brings an image of their own can often pull none, and the helper that testcontainers cleans up with is one.
  if (named) process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const runtime = await getContainerRuntimeClient().catch(() => undefined);
  if (runtime === undefined) {
    if (named) throw new Error(`PGVECTOR_IMAGE is ${named} and no Docker answers.`);
    return { notRun: 'no Docker answers and PGVECTOR_URL is not set.' };
  }
  return named ?? (await pinnedImage());
}

async function startContainer(image: string): Promise<StartedPgvector> {
  // A port that Docker picks is another one after a restart.
  const port = await freePort();
  const container = await new GenericContainer(image)
    .withEnvironment({ POSTGRES_PASSWORD: 'secondpass', POSTGRES_DB: 'secondpass' })
    .withExposedPorts({ container: 5432, host: port })
    .withLabels({ 'org.secondpass.test': 'pgvector' })
    .start();
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const handle = dockerode.getContainer(container.getId());
  const url = `postgres://postgres:secondpass@${container.getHost()}:${port}/secondpass`;
  return {
    url,
    version: await pgvectorVersion(url),
    power: {
      off: async () => {
        await handle.kill();
      },
      on: async () => {
        await handle.start();
        await pgvectorVersion(url);
      },
    },
    stop: async () => {
      await container.stop();
    },
  };
}

async function pinnedImage(): Promise<string> {
  const dockerfile = await readFile(new URL('pgvector/Dockerfile', import.meta.url), 'utf8');
  return dockerfile.match(/^FROM (\S+)/m)![1]!;
}
