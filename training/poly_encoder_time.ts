/**
 * Times 100 passages of about 84 tokens by the bundled cross-encoder, by a poly-encoder that reads them, and by one that
 * has their vectors already. Least of interleaved rounds, one worker each, in milliseconds.
 *
 *     node poly_encoder_time.ts ../poly-encoder [rounds]
 */
import { fileURLToPath } from 'node:url';
import { loadBiEncoder, loadCrossEncoder } from '../packages/core/src/index.ts';
import { loadPolyEncoder } from '../packages/late-interaction/src/index.ts';

const [directory, rounds = '5'] = process.argv.slice(2);
const model = (name: string) => fileURLToPath(new URL(`../packages/models/models/${name}`, import.meta.url));
const words = 'river bridge harbour ship light comet orbit planet winter summer bread oven flour salt water'.split(' ');
const passages = Array.from({ length: 100 }, (_, passage) =>
  Array.from({ length: 82 }, (_, place) => words[(passage * 7 + place * place) % words.length]).join(' '),
);
const query = 'which ship sees the light of the harbour in winter?';

const [biEncoder, small, poly] = await Promise.all([
  loadBiEncoder(model('bi-encoder'), { workers: 1 }),
  loadCrossEncoder(model('small'), { workers: 1 }),
  loadPolyEncoder(directory!, { workers: 1 }),
]);
const stored = await poly.encodePassages({ passages });
const ways: Record<string, () => Promise<unknown>> = {
  'bi-encoder, one query vector': () => biEncoder.embed({ texts: [query], kind: 'query' }),
  'poly-encoder, vectors stored': async () => poly.scoreVectors(await poly.encodeQuery(query), stored),
  'attention and dot products alone': (() => {
    const vectors = poly.encodeQuery(query);
    return async () => poly.scoreVectors(await vectors, stored);
  })(),
  'poly-encoder, passages read': () => poly.score({ query, passages }),
  'cross-encoder small': () => small.score({ query, passages }),
};
const least = Object.fromEntries(Object.keys(ways).map((name) => [name, Number.POSITIVE_INFINITY]));
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const start = performance.now();
    await way();
    least[name] = Math.min(least[name]!, performance.now() - start);
  }
}
console.log(JSON.stringify(least, (_, value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value), 2));
await Promise.all([biEncoder.close(), small.close(), poly.close()]);
