/**
 * Many tenants in one table of PostgreSQL: rows, recall and time within a tenant, by its size and by the table's layout; and
 * how long one tenant's requests take in stage 2 while another one floods it. Writes results/DATE-tenants.json. Build first:
 * `tsc -b`.
 *
 *     PGVECTOR_URL=… node bench/tenants.ts [--rows 200000] [--tenants 10000] [--dimensions 64] [--part search,fairness] [--models nano,small] [--seconds 15]
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { describeMachine } from './machine.ts';
import { measureFairness } from './tenants/fairness.ts';
import { measureTenants, type TenantFigures } from './tenants/measure-tenants.ts';
import {
  adapterSearch,
  fillTable,
  indexTenant,
  partitionTable,
  plainSearch,
  type TenantTable,
} from './tenants/postgres-layouts.ts';
import { skewedTenants } from './tenants/skewed-tenants.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    tenants: { type: 'string', default: '10000' },
    dimensions: { type: 'string', default: '64' },
    models: { type: 'string', default: 'nano,small' },
    seconds: { type: 'string', default: '15' },
    part: { type: 'string', default: 'search,fairness' },
  },
});
const parts = flags.part.split(',');
const depth = 100;
const queries = 30;

/** Ranks of the tenants that are asked, by size. */
const ranks = [1, 10, 30, 100, 1000, 10_000];

async function measureSearch() {
  const connectionString = process.env['PGVECTOR_URL'];
  if (!connectionString) throw new Error('Set PGVECTOR_URL.');
  const pool = new pg.Pool({ connectionString, max: 2 });
  const tenants = skewedTenants(Number(flags.tenants), Number(flags.rows));
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  const table: TenantTable = { tenants, dimensions: Number(flags.dimensions), name, pool };
  const asked = [...ranks.flatMap((rank) => tenants[rank - 1] ?? []), { tenant: 'nobody', size: 0 }];
  const figures: TenantFigures[] = [];
  try {
    const seconds = await fillTable(table);
    const own = { client: pool, table: name };
    const exact = adapterSearch('exact', { ...own, search: 'exact' });
    const measured = { dimensions: table.dimensions, depth, queries };
    const measure = async (search: Parameters<typeof measureTenants>[0]) => {
      for (const one of await measureTenants(search, asked, exact, measured)) {
        figures.push(one);
        process.stderr.write(`${JSON.stringify(one)}\n`);
      }
    };
    await measure(adapterSearch('adapter', own));
    await measure(exact);
    await measure(plainSearch('one HNSW index', table, false));
    await measure(plainSearch('one HNSW index, iterative scan', table, true));
    const partitioned = await partitionTable(table);
    await measure(
      adapterSearch('adapter, 16 partitions by hash of the tenant', {
        client: pool,
        table: partitioned,
        columns: { payload: ['tenant'] },
      }),
    );
    await indexTenant(table, tenants[0]!.tenant);
    await measure(adapterSearch('adapter, partial index of the largest tenant', own));
    const { rows } = await pool.query(
      "SELECT current_setting('server_version') AS server, extversion FROM pg_extension WHERE extname = 'vector'",
    );
    return {
      engine: `PostgreSQL ${rows[0].server}, pgvector ${rows[0].extversion}`,
      tenants: tenants.length,
      rows: tenants.reduce((sum, { size }) => sum + size, 0),
      largest: tenants[0]!.size,
      dimensions: table.dimensions,
      depth,
      queries,
      fillSeconds: seconds,
      figures,
    };
  } finally {
    await pool.query(`DROP TABLE IF EXISTS ${name}, ${name}_partitioned`);
    await pool.end();
  }
}

/** One model after the other. */
async function fairness() {
  const measured: object[] = [];
  for (const model of ['nano', 'small'] as const) {
    if (!flags.models.split(',').includes(model)) continue;
    measured.push(await measureFairness(model, Number(flags.seconds)));
  }
  return measured;
}

const day = new Date().toISOString().slice(0, 10);
const file = fileURLToPath(new URL(`./results/${day}-tenants.json`, import.meta.url));
/** What another run of the day measured. */
const stored = () => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
};
const loadAverage = { start: loadavg()[0], end: 0 };
const outcome = {
  measured: day,
  machine: describeMachine(),
  ...(parts.includes('search') && { [`search-${flags.rows}-${flags.dimensions}`]: await measureSearch() }),
  ...(parts.includes('fairness') && { fairness: await fairness() }),
  loadAverage,
};
loadAverage.end = loadavg()[0]!;
const all = { ...stored(), ...outcome };
mkdirSync(fileURLToPath(new URL('./results/', import.meta.url)), { recursive: true });
writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
