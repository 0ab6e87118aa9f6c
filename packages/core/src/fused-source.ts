import type { CandidateSource } from './candidate-source.ts';
import { type Fusion, fuse } from './fusion.ts';
import { RetrievalError } from './retrieval-error.ts';

export interface FusedSourceConfig {
  /** Two or more: a text and a vector search of one table make hybrid search. */
  readonly sources: readonly CandidateSource[];
  /** @default reciprocal rank fusion with k = 60 */
  readonly fusion?: Fusion;
  /** @default the sources' names, joined by + */
  readonly name?: string;
}

/**
 * Asks several sources at once and fuses their lists: with a lexical and a dense one, the merged stage 1 of Re2G
 * (Glass et al. 2022). Each is asked for `depth` candidates, with the same filter and tenant; if one fails, all fail.
 *
 * @throws RetrievalError `invalid-options`
 */
export function fusedSource({
  sources,
  fusion = { method: 'rrf' },
  name,
}: FusedSourceConfig): CandidateSource {
  const joined = name ?? sources.map((source) => source.name).join('+');
  check(sources, fusion, joined);
  return {
    name: joined,
    input: sources.every(({ input }) => input === 'text') ? 'text' : 'hybrid',
    async search({ signal, ...request }) {
      signal?.throwIfAborted();
      // One failure makes the other answers useless: their searches are stopped instead of awaited.
      const failure = new AbortController();
      const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
      const searches = sources.map(async (source) => ({
        source: source.name,
        candidates: await source.search({ ...request, signal: either }),
      }));
      try {
        return fuse(await Promise.all(searches), fusion, request.depth);
      } catch (error) {
        failure.abort(error);
        await Promise.allSettled(searches);
        throw error;
      }
    },
    async close() {
      await Promise.all(sources.map((source) => source.close?.()));
    },
  };
}

function check(sources: readonly CandidateSource[], fusion: Fusion, origin: string): void {
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  };
  if (sources.length < 2) refuse(`${sources.length} sources are given.`, 'Fuse two or more.');
  const names = new Set(sources.map((source) => source.name));
  if (names.size < sources.length)
    refuse('Two sources share a name.', 'Name them apart: answers tell who found what.');
  if (fusion.method !== 'rrf' && fusion.method !== 'weighted') {
    refuse(`fusion.method is ${JSON.stringify((fusion as Fusion).method)}.`, 'Use "rrf" or "weighted".');
  }
  const { weights } = fusion;
  const usable = (value: unknown) => typeof value === 'number' && value >= 0 && value < Infinity;
  if (weights && !(Array.isArray(weights) && weights.length === sources.length && weights.every(usable))) {
    refuse(`weights is ${JSON.stringify(weights)}.`, `Use ${sources.length} numbers from 0, one per source.`);
  }
  if (fusion.method === 'rrf' && fusion.k !== undefined && !(usable(fusion.k) && fusion.k > 0)) {
    refuse(`k is ${fusion.k}.`, 'Use a number above 0; the paper has 60.');
  }
}
