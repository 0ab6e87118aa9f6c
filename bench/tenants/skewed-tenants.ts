import { seededRandom } from '../engines/vectors.ts';

/** A tenant and how many passages it has. */
export interface SizedTenant {
  readonly tenant: string;
  readonly size: number;
}

/** Sizes by Zipf's law, at least 1, of `rows` passages in all or a few more: the first tenant has the most. */
export function skewedTenants(tenants: number, rows: number): readonly SizedTenant[] {
  let sum = 0;
  for (let rank = 1; rank <= tenants; rank += 1) sum += 1 / rank;
  return Array.from({ length: tenants }, (_, index) => ({
    tenant: `tenant-${index + 1}`,
    size: Math.max(1, Math.round(rows / sum / (index + 1))),
  }));
}

/** Unit vectors around 200 centers; a tenant's passages are spread over all of them. */
export function clusteredVectors(seed: number, dimensions: number): () => Float32Array {
  const random = seededRandom(20_261_129);
  const centers = Array.from({ length: 200 }, () => gaussian(random, dimensions));
  const own = seededRandom(seed);
  return () => {
    const center = centers[Math.floor(own() * centers.length)]!;
    const noise = gaussian(own, dimensions);
    const vector = center.map((value, index) => value + 0.7 * noise[index]!);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
}

function gaussian(random: () => number, dimensions: number): Float32Array {
  return Float32Array.from(
    { length: dimensions },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}
