/**
 * Reading the states of 100 passages: from the local store and from PostgreSQL. Build first: `tsc -b`. PostgreSQL is the one at
 * PGVECTOR_URL, else a container.
 *
 *     node bench/passage-states.ts [--rounds 30] [--entries 2000] [--bytes 29000] [--json FILE]
 *
 * Entries are random bytes of the size that a passage of 72 tokens takes in int8. Each round reads 100 others of them, from every
 * store in turns.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pgvectorPassageStatesFromConfig } from '@secondpass/adapter-pgvector';
import { type PassageStateStore, PrecomputedPassages } from '@secondpass/precomputed-passages';
import pg from 'pg';
import { startPgvector } from '../integration/services/pgvector.ts';
import { seededRandom, shuffled } from './cross-encoder/seeded-random.ts';
import { describeMachine } from './machine.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    entries: { type: 'string', default: '2000' },
    bytes: { type: 'string', default: '29000' },
    json: { type: 'string' },
  },
});
const readAtOnce = 100;
const [rounds, count, size] = [flags.rounds, flags.entries, flags.bytes].map(Number) as [
  number,
  number,
  number,
];

const started = await startPgvector();
if ('notRun' in started) throw new Error(`PostgreSQL is needed: ${started.notRun}`);
const scratch = mkdtempSync(join(tmpdir(), 'passage-states-'));
const table = `states_${randomUUID().replaceAll('-', '')}`;
const client = new pg.Client({ connectionString: started.url });
await client.connect();
const stores: Readonly<Record<string, PassageStateStore>> = {
  'local store': await PrecomputedPassages.open({ directory: scratch }),
  PostgreSQL: await pgvectorPassageStatesFromConfig({ url: started.url, table }),
};
try {
  const digests = Array.from({ length: count }, () => randomBytes(32).toString('hex'));
  const filling: Record<string, number> = {};
  for (const [name, store] of Object.entries(stores)) {
    const begun = performance.now();
    for (let start = 0; start < count; start += 64) {
      const part = digests.slice(start, start + 64);
      await store.put(part.map((digest) => ({ digest, bytes: randomBytes(size) })));
    }
    filling[name] = Math.round(((performance.now() - begun) / count) * 100) / 100;
  }
  const random = seededRandom(1);
  const taken = new Map(Object.keys(stores).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    const asked = shuffled(digests, random).slice(0, readAtOnce);
    for (const name of shuffled(Object.keys(stores), random)) {
      const begun = performance.now();
      const found = await stores[name]!.get(asked);
      // The first round connects.
      if (round > 0) taken.get(name)!.push(performance.now() - begun);
      if (found.size !== readAtOnce) throw new Error(`${name} has ${found.size} of ${readAtOnce} entries`);
    }
  }
  const { rows } = await client.query('SELECT pg_total_relation_size($1::regclass)::int AS bytes', [table]);
  const outcome = {
    measured: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    database: started.version,
    entries: count,
    bytesOfEntry: size,
    bytesOfEntryInPostgreSQL: Math.round(rows[0].bytes / count),
    millisecondsToWriteOne: filling,
    millisecondsToRead100: Object.fromEntries([...taken].map(([name, times]) => [name, summary(times)])),
  };
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(outcome, null, 2)}\n`);
} finally {
  for (const store of Object.values(stores)) await store.close?.();
  await client.query(`DROP TABLE IF EXISTS ${table}`);
  await client.end();
  await started.stop();
  rmSync(scratch, { recursive: true });
}

function summary(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const round = (value: number) => Math.round(value * 10) / 10;
  return { least: round(sorted[0]!), median: round(sorted[Math.floor(sorted.length / 2)]!) };
}
