import { describeAsJson, describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Payload } from '../seams/candidate.ts';
import type { CandidateSource } from '../seams/candidate-source.ts';
import { checkFusion, type Fusion, type Refuse } from './fusion.ts';
import type { MergeBy } from './same-passage.ts';

/** One of several sources, and how it is asked. */
export interface FusedMember<P extends object = Payload> {
  readonly source: CandidateSource<P>;
  /** Time that its answer may take, in milliseconds; then its search is aborted. @default as long as the request may take */
  readonly timeoutMs?: number;
  /** Candidates that are asked of it, from 1. @default the request's depth */
  readonly depth?: number;
  /** There is no answer without it, whatever `minimumSources` says. @default false */
  readonly required?: boolean;
  /** Put before its ids, where the same id means another passage elsewhere. @default '' */
  readonly idPrefix?: string;
}

/** The sources of a {@link fusedSource}, and how their lists become one. */
export interface FusedSourceConfig<P extends object = Payload> {
  /** Two or more: a text and a vector search of one table make hybrid search; or searches of several databases. */
  readonly sources: readonly (CandidateSource<P> | FusedMember<P>)[];
  /** @default reciprocal rank fusion with k = 60 */
  readonly fusion?: Fusion;
  /** The sources that must answer, from 1. Fewer is an error; not all of them is a degraded answer. @default all of them */
  readonly minimumSources?: number;
  /** When two candidates are one passage. @default 'id' */
  readonly mergeBy?: MergeBy;
  /** @default the sources' names, joined by + */
  readonly name?: string;
}

export interface CheckedFusedConfig {
  readonly members: readonly FusedMember[];
  readonly fusion: Fusion;
  readonly minimumSources: number;
  readonly mergeBy: MergeBy;
  readonly name: string;
}

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkFusedConfig(given: FusedSourceConfig): CheckedFusedConfig {
  const config = (given ?? {}) as FusedSourceConfig;
  if (config.name !== undefined && (typeof config.name !== 'string' || config.name === '')) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: 'fused-source',
      problem: `name is ${describeValue(config.name)}.`,
      nextStep: 'Use a string that is not empty, or leave it out.',
    });
  }
  const members = membersOf(config.sources, config.name ?? 'fused-source');
  const name = config.name ?? (members.map(({ source }) => source.name).join('+') || 'fused-source');
  const { fusion = { method: 'rrf' }, minimumSources = members.length, mergeBy = 'id' } = config;
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin: name, problem, nextStep });
  };
  if (members.length < 2)
    refuse(`${members.length === 1 ? 'One source is' : 'No sources are'} given.`, 'Fuse two or more.');
  if (new Set(members.map(({ source }) => source.name)).size < members.length) {
    refuse(`Two sources share a name: ${name}.`, 'Give each a name of its own: answers tell who found what.');
  }
  for (const member of members) checkMember(member, refuse);
  if (!Number.isInteger(minimumSources) || minimumSources < 1 || minimumSources > members.length) {
    refuse(
      `minimumSources is ${describeValue(minimumSources)}.`,
      `Use an integer from 1 to ${members.length}, the number of sources.`,
    );
  }
  const field = typeof mergeBy === 'object' && mergeBy !== null ? mergeBy.payload : mergeBy;
  if (
    typeof mergeBy === 'object'
      ? typeof field !== 'string' || field === ''
      : field !== 'id' && field !== 'text'
  ) {
    refuse(`mergeBy is ${describeAsJson(mergeBy)}.`, 'Use "id", "text" or { payload: "the field" }.');
  }
  checkFusion(fusion, members.length, refuse);
  return { members, fusion, minimumSources, mergeBy, name };
}

function membersOf(sources: FusedSourceConfig['sources'], origin: string): readonly FusedMember[] {
  if (!Array.isArray(sources)) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin,
      problem: 'sources is not a list.',
      nextStep: 'Give two sources or more, as sources: [first, second].',
    });
  }
  return sources.map((entry: CandidateSource | FusedMember, index) => {
    const member =
      typeof entry === 'object' && entry !== null && 'source' in entry ? entry : { source: entry };
    if (typeof member.source?.search === 'function') return member;
    throw new RetrievalError({
      code: 'invalid-options',
      origin,
      problem: `sources[${index}] is not a source.`,
      nextStep: 'Give an object with name and search(), or { source } with such a one.',
    });
  });
}

function checkMember({ source, timeoutMs, depth, required, idPrefix }: FusedMember, refuse: Refuse): void {
  if (
    timeoutMs !== undefined &&
    !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= 2 ** 31 - 1)
  ) {
    refuse(
      `timeoutMs of ${source.name} is ${describeValue(timeoutMs)}.`,
      'Use a number of milliseconds above 0.',
    );
  }
  if (depth !== undefined && !(Number.isInteger(depth) && depth >= 1)) {
    refuse(`depth of ${source.name} is ${describeValue(depth)}.`, 'Use an integer from 1.');
  }
  if (required !== undefined && typeof required !== 'boolean') {
    refuse(`required of ${source.name} is ${describeAsJson(required)}.`, 'Use true or false.');
  }
  if (idPrefix !== undefined && typeof idPrefix !== 'string') {
    refuse(`idPrefix of ${source.name} is ${describeAsJson(idPrefix)}.`, 'Use a string, such as "news/".');
  }
}
