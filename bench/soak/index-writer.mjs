/**
 * Adds and deletes documents for as long as it runs, in PostgreSQL and Elasticsearch in turns, and tells its parent before
 * and after each change. What fails is sent again until it is stored.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { elasticFromConfig } from '@secondpass/adapter-elastic';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { RetrievalError } from '@secondpass/core';

const { sources, pool, live, pauseMs } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const opened = {
  postgres: await pgvectorFromConfig(sources.postgres),
  elasticsearch: await elasticFromConfig(sources.elasticsearch),
};
for (const { writer } of Object.values(opened)) await writer.prepare({ dimensions: pool[0].vector.length });

let serial = 0;
let ends = false;
process.on('disconnect', () => {
  ends = true;
});
const oldestFirst = { postgres: [], elasticsearch: [] };
const ofSource = {
  postgres: pool.filter((_, index) => index % 2 === 0),
  elasticsearch: pool.filter((_, index) => index % 2 === 1),
};

const loops = Object.keys(opened).map(async (source) => {
  const ids = oldestFirst[source];
  while (!ends) {
    if (ids.length < live) {
      const documents = [0, 1].map(() => nextDocument(source));
      await change(
        source,
        'add',
        documents.map(({ id }) => id),
        (writer) => writer.write(documents),
      );
      ids.push(...documents.map(({ id }) => id));
    } else {
      const gone = ids.splice(0, 2);
      await change(source, 'delete', gone, (writer) => writer.delete(gone));
    }
    await sleep(pauseMs);
  }
});
await Promise.all(loops);
for (const { close } of Object.values(opened)) await close();

function nextDocument(source) {
  serial += 1;
  const { index, text, vector } = ofSource[source][serial % ofSource[source].length];
  const id = `changing-${index}-${serial}`;
  return { id, text, vector: Float32Array.from(vector), digest: id, payload: {} };
}

async function change(source, action, ids, run) {
  tell({ source, action, ids, phase: 'begin' });
  while (!ends) {
    const started = performance.now();
    try {
      await run(opened[source].writer);
      return tell({ source, action, ids, phase: 'done', ms: performance.now() - started });
    } catch (error) {
      const code = RetrievalError.is(error) ? error.code : undefined;
      tell({
        source,
        action,
        ids,
        phase: 'failed',
        code,
        error: String(error),
        ms: performance.now() - started,
      });
      await sleep(1_000);
    }
  }
}

function tell(message) {
  if (process.connected) process.send({ at: Date.now(), ...message });
}
