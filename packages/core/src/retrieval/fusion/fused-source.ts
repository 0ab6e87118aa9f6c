import { type Closable, closable } from '../../foundation/closable.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Candidate, Payload } from '../seams/candidate.ts';
import type { CandidateSource, FetchRequest } from '../seams/candidate-source.ts';
import { checkFetchRequest } from '../seams/check-fetch-request.ts';
import { parseFilter } from '../seams/filter.ts';
import { askSources } from './ask-sources.ts';
import { checkFusedConfig, type FusedSourceConfig } from './fused-options.ts';
import { fuse } from './fusion.ts';

/**
 * Asks several sources at once and fuses their lists: a lexical and a dense one make the merged stage 1 of Re2G (Glass et
 * al. 2022), and several databases a federated search. Each is asked with the same query, filter and tenant. A source that
 * fails or is late is left out and named to `onDegraded`, as long as `minimumSources` answer; a caller's mistake,
 * such as an invalid filter, fails the search.
 *
 * Closing it leaves the sources open.
 *
 * @typeParam P the payload's fields of their candidates
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { fusedSource } from '@secondpass/core/sources';
 * const finding = (name: string, ...ids: string[]) => {
 *   const candidates = ids.map((id, index) => ({ id, text: id, score: 1 - index / 10, rank: index + 1 }));
 *   return { name, input: 'text', search: async () => candidates } as const;
 * };
 * const source = fusedSource({ sources: [finding('titles', 'a', 'b'), { source: finding('bodies', 'b'), timeoutMs: 500 }] });
 * const found = await source.search({ query: { text: 'bread' }, depth: 10 });
 * found.map(({ id }) => id); // → [ 'b', 'a' ]
 */
export function fusedSource<P extends object = Payload>(
  config: FusedSourceConfig<P>,
): CandidateSource<P> & Closable {
  const checked = checkFusedConfig(config as FusedSourceConfig);
  const { members, fusion, mergeBy, name } = checked;
  let closed = false;
  const refuse = (code: 'closed' | 'invalid-options', problem: string, nextStep: string): never => {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  };
  const checkOpen = (): void => {
    if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
  };
  const source: CandidateSource<P> & { close(): Promise<void> } = {
    name,
    input: members.every(({ source }) => source.input === 'text') ? 'text' : 'hybrid',
    async search(request) {
      const { signal, depth, filter } = request ?? {};
      signal?.throwIfAborted();
      checkOpen();
      if (!Number.isInteger(depth) || depth < 1) {
        refuse('invalid-options', `depth is ${describeValue(depth)}.`, 'Use an integer from 1.');
      }
      if (filter !== undefined) parseFilter(filter, name);
      const lists = await askSources(checked, request);
      return fuse(lists, fusion, depth, mergeBy) as readonly Candidate<P>[];
    },
    async close() {
      closed = true;
    },
    ...(members.every((member) => member.source.fetch) && {
      async fetch(request: FetchRequest) {
        checkFetchRequest(request, name);
        request.signal?.throwIfAborted();
        checkOpen();
        const found = await Promise.all(members.map((member) => member.source.fetch!(request)));
        // The first source that has a passage gives it.
        const byId = new Map(found.reverse().flatMap((documents) => documents.map((one) => [one.id, one])));
        return request.ids.flatMap((id) => byId.get(id) ?? []);
      },
    }),
  };
  return closable(source);
}
