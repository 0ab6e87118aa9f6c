import { type Embedder, type Reranker, TwoStageRetriever } from '@secondpass/core';
import { type Layout, openLayout, type SearchSetting } from './layouts.ts';
import { type Load, measureLoad } from './load.ts';
import { recallOf } from './nearest-exactly.ts';
import type { ScaleServer } from './server.ts';

/** Candidates of stage 1, and of the exact lists that its recall is counted against. */
export const depth = 100;
const depths = [10, 50, 200, 500];
const callersOfALoad = [1, 8, 32];
/** 32 callers wait for each other's stage 2, and longer on a busy machine. */
const timeoutMs = 600_000;

export interface MeasureRequest {
  readonly server: ScaleServer;
  readonly layout: Layout;
  readonly table: string;
  readonly embedder: Embedder;
  /** Undefined to leave both stages out. */
  readonly reranker: Reranker | undefined;
  readonly queries: readonly string[];
  /** For each of the first queries: ids of its nearest passages. */
  readonly exact: readonly (readonly string[])[];
  /** For each load. */
  readonly seconds: { readonly stage1: number; readonly both: number };
}

export interface SettingRow {
  readonly setting: SearchSetting;
  readonly recall: number;
  readonly load: Load;
}

export interface TableMeasurements {
  /** One caller, depth 100, the default first. */
  readonly settings: readonly SettingRow[];
  readonly stage1: readonly (Load & { readonly depth: number })[];
  /** Absent where both stages were left out. */
  readonly both?: readonly (Load & { readonly depth: number })[];
}

/** Recall of stage 1, and the loads of stage 1 alone and of both stages, on a filled table. */
export async function measureTable(request: MeasureRequest): Promise<TableMeasurements> {
  const { server, layout, table, embedder, reranker, queries, exact, seconds } = request;
  const settings: SettingRow[] = [];
  for (const setting of [{}, ...layout.settings]) {
    await using opened = await openForSearch(setting);
    const asked = queries.slice(0, exact.length);
    const found = new Map<string, readonly string[]>();
    const ask = async (query: string) => {
      const candidates = await opened.search(query, depth);
      found.set(
        query,
        candidates.map(({ id }) => id),
      );
    };
    // The first pass reads the index into memory; the second is measured.
    for (const query of asked) await ask(query);
    const load = await measureLoad({ server, callers: 1, queries: asked, seconds: Infinity, ask });
    const recalls = asked.map((query, index) => recallOf(found.get(query)!, exact[index]!));
    settings.push({ setting, recall: recalls.reduce((sum, one) => sum + one, 0) / recalls.length, load });
  }

  await using opened = await openForSearch({});
  const stage1: (Load & { depth: number })[] = [];
  const both: (Load & { depth: number })[] = [];
  const plan = [
    ...callersOfALoad.map((callers) => ({ callers, depth })),
    ...depths.map((other) => ({ callers: 1, depth: other })),
  ];
  for (const { callers, depth: taken } of plan) {
    for (const query of queries.slice(0, 3)) await opened.search(query, taken);
    stage1.push({
      depth: taken,
      ...(await measureLoad({
        ...{ server, callers, queries, seconds: seconds.stage1 },
        ask: (query) => opened.search(query, taken),
      })),
    });
    if (!reranker) continue;
    const retriever = new TwoStageRetriever({
      source: opened.source,
      embedder,
      reranker,
      depth: taken,
      topK: 10,
      timeoutMs,
    });
    const ask = async (query: string) => {
      const { degraded } = await retriever.retrieve(query);
      if (degraded) throw new Error(`An answer was degraded: ${JSON.stringify(degraded)}`);
    };
    both.push({
      depth: taken,
      ...(await measureLoad({ server, callers, queries, seconds: seconds.both, ask })),
    });
  }
  return { settings, stage1, ...(reranker && { both }) };

  async function openForSearch(setting: SearchSetting) {
    const { source, close } = await openLayout(layout, server.url, table, setting);
    return {
      source,
      search: async (text: string, taken: number) => {
        const [vector] = await embedder.embed({ texts: [text], kind: 'query' });
        const candidates = await source.search({ query: { text, vector: vector! }, depth: taken });
        if (candidates.length !== taken)
          throw new Error(`${source.name} found ${candidates.length} of ${taken}.`);
        return candidates;
      },
      [Symbol.asyncDispose]: close,
    };
  }
}
