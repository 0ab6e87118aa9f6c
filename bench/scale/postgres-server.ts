import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { pgvectorVersion } from '../../integration/services/first-answer-of-postgres.ts';
import type { ScaleServer, ServerOptions } from './server.ts';

const run = promisify(execFile);
const password = 'secondpass';

/**
 * What differs from PostgreSQL's defaults: memory, so that a graph of a million vectors is built in memory, and a second process
 * that builds it.
 */
const settings = {
  shared_buffers: '2GB',
  maintenance_work_mem: '3GB',
  max_parallel_maintenance_workers: '1',
  max_wal_size: '1GB',
};

/** A container of PGVECTOR_IMAGE whose data lie on a volume that can outlive it. */
export async function startPostgres({ store: name, keep }: ServerOptions): Promise<ScaleServer> {
  const image = process.env['PGVECTOR_IMAGE'] ?? 'pgvector/pgvector:0.8.0-pg17';
  await docker('rm', '--force', name);
  const id = await docker(
    ...['run', '--detach', '--name', name, '--shm-size', '4g', '--publish', '127.0.0.1::5432'],
    ...['--env', `POSTGRES_PASSWORD=${password}`, '--env', 'POSTGRES_DB=secondpass'],
    ...['--volume', `${name}:/var/lib/postgresql/data`, image],
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  );
  const address = await docker('port', name, '5432/tcp');
  const url = `postgres://postgres:${password}@${address.split('\n')[0]}/secondpass`;
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  const version = await pgvectorVersion(url);
  const cpuFile = await cpuFileOf(await docker('inspect', '--format', '{{.State.Pid}}', id));

  return {
    name: version,
    url,
    async cpuSeconds() {
      const text = await readFile(cpuFile, 'utf8');
      const microseconds = /^usage_usec (\d+)/m.exec(text)?.[1];
      return microseconds === undefined ? Number(text) / 1e9 : Number(microseconds) / 1e6;
    },
    async has(table) {
      const { rows } = await pool.query('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
      return rows[0].there;
    },
    async drop(table) {
      await pool.query(`DROP TABLE IF EXISTS ${table}`);
      await pool.query('CHECKPOINT');
    },
    async bytesOf(table) {
      const { rows } = await pool.query(
        [
          'SELECT pg_total_relation_size($1::regclass)::float8 AS total, (SELECT sum(pg_relation_size(indexrelid))::float8',
          'FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam',
          "WHERE indrelid = $1::regclass AND amname = 'hnsw') AS vectors",
        ].join(' '),
        [table],
      );
      return { total: rows[0].total, vectorIndex: rows[0].vectors };
    },
    async settle() {
      await pool.query('CHECKPOINT');
    },
    async stop() {
      await pool.end();
      await docker('stop', '--time', '60', name);
      await docker('rm', name);
      if (!keep) await docker('volume', 'rm', name);
    },
  };
}

async function docker(...command: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', command);
  return stdout.trim();
}

/** Where the kernel counts the container's processor time: `cpu.stat` of cgroup 2, or `cpuacct.usage` of cgroup 1. */
async function cpuFileOf(pid: string): Promise<string> {
  const groups = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).split('\n').map((line) => line.split(':'));
  const old = groups.find(([, kinds]) => kinds?.split(',').includes('cpuacct'));
  if (old) return `/sys/fs/cgroup/cpuacct${old[2]}/cpuacct.usage`;
  return `/sys/fs/cgroup${groups.find(([number]) => number === '0')![2]}/cpu.stat`;
}
