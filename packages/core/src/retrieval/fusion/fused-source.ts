import { type Closable, closable } from '../../foundation/closable.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { CandidateSource } from '../seams/candidate-source.ts';
import { parseFilter } from '../seams/filter.ts';
import { askSources } from './ask-sources.ts';
import { checkFusedConfig, type FusedSourceConfig } from './fused-options.ts';
import { fuse } from './fusion.ts';

/**
 * Asks several sources at once and fuses their lists: a lexical and a dense one make the merged stage 1 of Re2G (Glass et
 * al. 2022), and several databases a federated search. Each is asked with the same query, filter and tenant. A source that
 * fails or is late is left out and named to `onDegraded`, as long as `minimumSources` answer; mistakes of the caller, such as
 * a filter that is none, fail the search.
 *
 * Closing it leaves the sources open.
 *
 * @throws RetrievalError `invalid-options`
 */
export function fusedSource(config: FusedSourceConfig): CandidateSource & Closable {
  const checked = checkFusedConfig(config);
  const { members, fusion, mergeBy, name } = checked;
  let closed = false;
  const refuse = (code: 'closed' | 'invalid-options', problem: string, nextStep: string): never => {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  };
  const source: CandidateSource & { close(): Promise<void> } = {
    name,
    input: members.every(({ source }) => source.input === 'text') ? 'text' : 'hybrid',
    async search(request) {
      const { signal, depth, filter } = request ?? {};
      signal?.throwIfAborted();
      if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
      if (!Number.isInteger(depth) || depth < 1) {
        refuse('invalid-options', `depth is ${describeValue(depth)}.`, 'Use an integer from 1.');
      }
      if (filter !== undefined) parseFilter(filter, name);
      return fuse(await askSources(checked, request), fusion, depth, mergeBy);
    },
    async close() {
      closed = true;
    },
  };
  return closable(source);
}
