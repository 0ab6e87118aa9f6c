import { getContainerRuntimeClient } from 'testcontainers';
import type { NotRun } from '../engines.ts';
import { postgresImage } from './pgvector.ts';
import { type PostgresServer, startPostgres } from './postgres-pair.ts';

/**
 * PgBouncer in transaction mode before a server, with so few connections to it that callers meet other callers' sessions.
 *
 * @param preparedStatements how many of a caller it keeps; 0 for none, as before version 1.21
 */
const bouncer = (port: number, preparedStatements: number) => `set -euo pipefail
cat >/tmp/pgbouncer.ini <<END
[databases]
* = host=127.0.0.1 port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $PGPORT
unix_socket_dir =
auth_type = scram-sha-256
auth_file = /tmp/users.txt
pool_mode = transaction
default_pool_size = 3
max_prepared_statements = ${preparedStatements}
END
echo '"postgres" "secondpass"' >/tmp/users.txt
exec setpriv --reuid=postgres --regid=postgres --init-groups pgbouncer /tmp/pgbouncer.ini`;

export interface BouncedPostgres {
  readonly direct: PostgresServer;
  /** The same server through PgBouncer that keeps prepared statements, and through one that keeps none. */
  readonly keeping: PostgresServer;
  readonly forgetting: PostgresServer;
  stop(): Promise<void>;
}

/** PostgreSQL behind PgBouncer in transaction mode. Only of the image that `pgvector/build-local-image.sh` builds. */
export async function startBouncedPostgres(): Promise<BouncedPostgres | NotRun> {
  const image = await postgresImage();
  if (typeof image !== 'string') return image;
  if (!(await hasBouncer(image))) {
    return { notRun: `${image} has no PgBouncer; pgvector/build-local-image.sh builds one that has.` };
  }
  const started: PostgresServer[] = [];
  const stop = async () => void (await Promise.all(started.splice(0).map((server) => server.stop())));
  const start = async (script?: string) => {
    const server = await startPostgres(image, script);
    started.push(server);
    return server;
  };
  try {
    const direct = await start();
    const keeping = await start(bouncer(direct.port, 200));
    const forgetting = await start(bouncer(direct.port, 0));
    return { direct, keeping, forgetting, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function hasBouncer(image: string): Promise<boolean> {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const { Config } = await dockerode
    .getImage(image)
    .inspect()
    .catch(() => ({ Config: undefined }));
  return Config?.Labels?.['org.secondpass.packages']?.includes('pgbouncer') ?? false;
}
