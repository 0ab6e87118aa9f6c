import type { Hit } from '../ranking/ranking.ts';
import type { Expansion } from './expansion-options.ts';
import { fetchDocuments } from './fetch-documents.ts';
import { joinOverlapping } from './join-overlapping.ts';
import { joinWindows } from './join-windows.ts';

/** What may become one citation. */
export interface Unit {
  /** In the order of the list that they come from. */
  readonly hits: readonly Hit[];
  /** What the text is made of, in reading order. */
  readonly textIds: readonly string[];
  readonly text: string;
}

/** One hit as it is. */
export function unitOf(hit: Hit): Unit {
  return { hits: [hit], textIds: [hit.candidate.id], text: hit.candidate.text };
}

/**
 * Each hit with its surroundings; hits with common surroundings are joined, in the order of their first hits.
 *
 * @throws RetrievalError when the documents cannot be fetched
 */
export async function expand(
  hits: readonly Hit[],
  expansion: Expansion | undefined,
  signal?: AbortSignal,
): Promise<readonly Unit[]> {
  if (!expansion || hits.length === 0) return hits.map(unitOf);
  const { parent, neighbors } = expansion;
  return parent
    ? withParents(hits, parent, expansion, signal)
    : withNeighbors(hits, neighbors!, expansion, signal);
}

async function withParents(
  hits: readonly Hit[],
  parent: NonNullable<Expansion['parent']>,
  expansion: Expansion,
  signal: AbortSignal | undefined,
): Promise<readonly Unit[]> {
  const wanted = hits.map(({ candidate }) => parent(candidate));
  const texts = await fetchDocuments(
    wanted.flatMap((id) => id ?? []),
    expansion,
    signal,
  );
  const units = new Map<string, Unit>();
  for (const [index, hit] of hits.entries()) {
    const id = wanted[index];
    const text = id === undefined ? undefined : texts.get(id);
    if (id === undefined || text === undefined) units.set(`hit ${hit.candidate.id}`, unitOf(hit));
    else {
      const { hits: before = [] } = units.get(`parent ${id}`) ?? {};
      units.set(`parent ${id}`, { hits: [...before, hit], textIds: [id], text });
    }
  }
  return [...units.values()];
}

async function withNeighbors(
  hits: readonly Hit[],
  neighbors: NonNullable<Expansion['neighbors']>,
  expansion: Expansion,
  signal: AbortSignal | undefined,
): Promise<readonly Unit[]> {
  const around = hits.map(({ candidate }) => {
    const { before = [], after = [] } = neighbors(candidate) ?? {};
    return { before, id: candidate.id, after };
  });
  const own = new Map(hits.map(({ candidate: { id, text } }) => [id, text]));
  const wanted = around.flatMap(({ before, after }) => [...before, ...after]).filter((id) => !own.has(id));
  const texts = new Map([...(await fetchDocuments(wanted, expansion, signal)), ...own]);
  // Passages beyond a missing one are not adjacent to the hit.
  const windows = around.map(({ before, id, after }) => {
    const first = before.findLastIndex((other) => !texts.has(other)) + 1;
    const end = after.findIndex((other) => !texts.has(other));
    return [...before.slice(first), id, ...(end < 0 ? after : after.slice(0, end))];
  });
  return joinWindows(windows).map(({ ids, members }) => ({
    hits: members.map((index) => hits[index]!),
    textIds: ids,
    text: joinOverlapping(ids.map((id) => texts.get(id)!)),
  }));
}
