import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { NotRun } from '../engines.ts';
import { firstAnswerOfPostgres } from './first-answer-of-postgres.ts';
import { freePort } from './free-port.ts';
import { postgresImage } from './pgvector.ts';

export interface PostgresServer {
  readonly url: string;
  readonly port: number;
  /** Kills the server, and starts it again at the same address; `on` resolves once it answers. */
  readonly power: { off(): Promise<void>; on(): Promise<void> };
  stop(): Promise<void>;
}

export interface PostgresPair {
  readonly primary: PostgresServer;
  readonly replica: PostgresServer;
  stop(): Promise<void>;
}

const signIn = 'postgres:secondpass';

/** Copies the primary at the first start, with a slot, so that the primary keeps what the replica has not had. */
const replicate = (primaryPort: number) => `set -euo pipefail
bin=$(echo /usr/lib/postgresql/*/bin)
install -d -o postgres -g postgres -m 700 /replica
install -d -o postgres -g postgres -m 2775 /var/run/postgresql
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
if [ ! -s /replica/PG_VERSION ]; then
  as_postgres "$bin/pg_basebackup" -D /replica -R -X stream -c fast -C -S replica -d postgres://${signIn}@127.0.0.1:${primaryPort}/postgres
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups "$bin/postgres" -D /replica -c listen_addresses=127.0.0.1 -p "$PGPORT"`;

/** A primary and its streaming replica, in two containers. */
export async function startPostgresPair(): Promise<PostgresPair | NotRun> {
  const image = await postgresImage();
  if (typeof image !== 'string') return image;
  const primary = await startPostgres(image);
  try {
    const replica = await startPostgres(image, replicate(primary.port));
    return {
      primary,
      replica,
      stop: async () => void (await Promise.all([replica.stop(), primary.stop()])),
    };
  } catch (error) {
    await primary.stop();
    throw error;
  }
}

/**
 * A container on the network of this machine: so servers find each other, and keep their ports when they are started again.
 *
 * @param script runs in place of the image's own start
 */
export async function startPostgres(image: string, script?: string): Promise<PostgresServer> {
  const port = await freePort();
  const definition = new GenericContainer(image)
    .withEnvironment({ POSTGRES_PASSWORD: 'secondpass', POSTGRES_DB: 'secondpass', PGPORT: String(port) })
    .withNetworkMode('host')
    .withLabels({ 'org.secondpass.test': 'pgvector' });
  if (script !== undefined) definition.withEntrypoint(['/bin/bash', '-c', script]);
  const container = await definition.start();
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const handle = dockerode.getContainer(container.getId());
  const url = `postgres://${signIn}@127.0.0.1:${port}/secondpass`;
  const answers = () => firstAnswerOfPostgres(url, (client) => client.query('SELECT 1'));
  const stop = async () => void (await container.stop());
  try {
    await answers();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    power: {
      off: async () => void (await handle.kill()),
      on: async () => {
        await handle.start();
        await answers();
      },
    },
    stop,
  };
}
