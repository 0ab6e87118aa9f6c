import type { TenantSearch } from './postgres-layouts.ts';
import { clusteredVectors, type SizedTenant } from './skewed-tenants.ts';

/** What one layout gives for one tenant. */
export interface TenantFigures {
  readonly layout: string;
  readonly tenant: string;
  readonly passages: number;
  /** Passages found of those that there are, up to the depth: 1 unless rows are lost. */
  readonly found: number;
  /** Share of the exact answer. */
  readonly recall: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface Measured {
  readonly dimensions: number;
  readonly depth: number;
  readonly queries: number;
}

/** Asks each tenant the same queries, and compares with the exact answers. */
export async function measureTenants(
  { layout, search }: TenantSearch,
  tenants: readonly SizedTenant[],
  exact: TenantSearch,
  { dimensions, depth, queries }: Measured,
): Promise<readonly TenantFigures[]> {
  const figures: TenantFigures[] = [];
  for (const { tenant, size } of tenants) {
    const next = clusteredVectors(7, dimensions);
    const times: number[] = [];
    let [found, right, expected] = [0, 0, 0];
    // The first calls inspect the table, prepare the statement and warm the pages.
    for (let turn = -6; turn < queries; turn += 1) {
      const vector = next();
      const began = performance.now();
      const ids = await search(tenant, vector, depth);
      const ms = performance.now() - began;
      if (turn < 0) continue;
      times.push(ms);
      const truth = new Set(await exact.search(tenant, vector, depth));
      if (truth.size !== Math.min(size, depth))
        throw new Error(`The exact answer has ${truth.size} passages.`);
      found += ids.length;
      right += ids.filter((id) => truth.has(id)).length;
      expected += truth.size;
    }
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => Number(sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2));
    const share = (count: number) => (expected === 0 ? 1 : Number((count / expected).toFixed(4)));
    figures.push({
      layout,
      tenant,
      passages: size,
      found: share(found),
      recall: share(right),
      p50Ms: at(0.5),
      p95Ms: at(0.95),
    });
  }
  return figures;
}
