/** Measures what the machine's cores give for one large matrix product each, in 10⁹ operations a second. */
import { join } from 'node:path';
import { BareThreads, type Feeds } from './bare-threads.ts';

const [depth, columns] = [1536, 1536];
const [folder, threads, seconds] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
const peak: Record<string, number> = {};
for (const precision of ['fp32', 'int8'] as const) {
  const pool = await BareThreads.open(join(folder, `${precision}.onnx`), threads);
  let best = 0;
  const until = performance.now() + (seconds * 1000) / 2;
  while (performance.now() < until) {
    // Short enough that some of them find the machine quiet.
    for (const rows of [128, 256, 512]) {
      const repeats = 2 * threads;
      await pool.prepare(Array.from({ length: repeats }, () => feeds(precision, rows)));
      const { ms } = await pool.run();
      best = Math.max(best, (2 * rows * depth * columns * repeats) / ms / 1e6);
    }
  }
  await pool.close();
  peak[precision] = Math.round(best);
}
console.log(JSON.stringify(peak));

function feeds(precision: 'fp32' | 'int8', rows: number): Feeds {
  const dims = [rows, depth];
  return precision === 'fp32'
    ? {
        rows: { type: 'float32', data: new Float32Array(rows * depth).map((_, i) => (i % 13) / 7 - 1), dims },
      }
    : { rows: { type: 'uint8', data: new Uint8Array(rows * depth).map((_, i) => i % 251), dims } };
}
