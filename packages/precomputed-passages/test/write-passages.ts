/** A process that fills a store until it is ended: `node write-passages.ts DIRECTORY PREFIX`; it says how far it is. */
import { PrecomputedPassages } from '../src/precomputed-passages.ts';

const [directory = '', prefix = ''] = process.argv.slice(2);
const store = await PrecomputedPassages.open({ directory });
for (let round = 0; ; round += 1) {
  await store.put([{ digest: `${prefix}${round}`, bytes: new Uint8Array(200_000).fill(round % 251) }]);
  process.stdout.write(`${round}\n`);
}
