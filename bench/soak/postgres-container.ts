import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { pgvectorVersion } from '../../integration/services/first-answer-of-postgres.ts';
import { freePort } from '../../integration/services/free-port.ts';
import type { LimitedShare } from './limited-share.ts';

const run = promisify(execFile);
const cgroups = '/sys/fs/cgroup';

/** PostgreSQL with pgvector in a container of the share, which can be restarted, killed, and put on a slow disk. */
export class PostgresContainer {
  readonly url: string;
  readonly #id: string;
  readonly #share: LimitedShare;

  private constructor(id: string, url: string, share: LimitedShare) {
    this.#id = id;
    this.url = url;
    this.#share = share;
  }

  /** With buffers that are smaller than the table, so that a search reads through the operating system. */
  static async start(share: LimitedShare): Promise<PostgresContainer> {
    const port = await freePort();
    const image = process.env['PGVECTOR_IMAGE'] ?? 'secondpass-local/pgvector:pg17';
    const { stdout } = await run('docker', [
      ...['run', '--detach', '--cgroup-parent', share.parent, '--label', 'org.secondpass.test=soak'],
      ...['--stop-signal', 'SIGINT', '--name', `soak-${randomUUID()}`, '--publish', `127.0.0.1:${port}:5432`],
      ...['--env', 'POSTGRES_PASSWORD=secondpass', '--env', 'POSTGRES_DB=secondpass'],
      image,
    ]);
    const url = `postgres://postgres:secondpass@127.0.0.1:${port}/secondpass`;
    const container = new PostgresContainer(stdout.trim(), url, share);
    await container.#answers();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("ALTER SYSTEM SET shared_buffers = '1MB'");
    await client.end();
    await container.restart();
    return container;
  }

  async restart(): Promise<void> {
    await run('docker', ['restart', '--time', '20', this.#id]);
    await this.#answers();
  }

  /** As a crash does. */
  async killAndStart(): Promise<void> {
    await run('docker', ['kill', this.#id]);
    await sleep(5_000);
    await run('docker', ['start', this.#id]);
    await this.#answers();
  }

  /** Until `stop` is aborted, its disk does so many bytes a second, and what the page cache holds of it is dropped now and then. */
  async slowDisk(bytesPerSecond: number, stop: AbortSignal): Promise<void> {
    const device = statSync('/var/lib/docker').dev;
    const name = `${device >> 8}:${device & 0xff}`;
    const limit = (bytes: number) => {
      for (const direction of ['read', 'write']) {
        const file = `${cgroups}/blkio${this.#share.parent}/${this.#id}/blkio.throttle.${direction}_bps_device`;
        writeFileSync(file, `${name} ${bytes}`);
      }
    };
    limit(bytesPerSecond);
    while (!stop.aborted) {
      writeFileSync(`${cgroups}/memory${this.#share.parent}/${this.#id}/memory.force_empty`, '0');
      await sleep(10_000, undefined, { signal: stop }).catch(() => {});
    }
    limit(0);
  }

  async stop(): Promise<void> {
    await run('docker', ['rm', '--force', '--volumes', this.#id]);
  }

  async #answers(): Promise<void> {
    await pgvectorVersion(this.url);
  }
}
