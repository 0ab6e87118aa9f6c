import { z } from 'zod';
import { checkOptions, flag, having, integer, milliseconds, text } from '../../foundation/check-options.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Payload } from '../seams/candidate.ts';
import type { CandidateSource } from '../seams/candidate-source.ts';
import type { Fusion } from './fusion.ts';
import { fusionSchema } from './fusion-schema.ts';
import type { MergeBy } from './same-passage.ts';

/** One of several sources, and its settings. */
export interface FusedMember<P extends object = Payload> {
  readonly source: CandidateSource<P>;
  /** Time that its answer may take, in milliseconds; then its search is aborted. @default as long as the request may take */
  readonly timeoutMs?: number;
  /** How many candidates it is asked for, from 1. @default the request's depth */
  readonly depth?: number;
  /** If this source fails, the search fails, whatever `minimumSources` says. @default false */
  readonly required?: boolean;
  /** Prefix of its ids, if the same id means another passage in another source. @default '' */
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

const source = having<CandidateSource>(
  'a source with name and search(), such as pgvectorSource gives',
  'search',
);

const member = z.strictObject({
  source,
  timeoutMs: milliseconds.optional(),
  depth: integer(1, 1_000_000).optional(),
  required: flag.optional(),
  idPrefix: z.custom<string>((value) => typeof value === 'string', 'a string, such as "news/"').optional(),
});

const schemaFor = (count: number) =>
  z.strictObject({
    sources: z.array(member).min(2, 'two sources or more, as sources: [first, second]'),
    fusion: fusionSchema(count).optional(),
    minimumSources: integer(1, count).optional(),
    mergeBy: z
      .union([z.enum(['id', 'text']), z.strictObject({ payload: text })], {
        error: '"id", "text" or { payload: "the field" }',
      })
      .optional(),
    name: text.optional(),
  });

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkFusedConfig(given: FusedSourceConfig): CheckedFusedConfig {
  const listed: unknown = given?.sources;
  const sources = Array.isArray(listed) ? listed.map(asMember) : listed;
  const count = Array.isArray(sources) ? Math.max(2, sources.length) : 2;
  const checked = checkOptions(schemaFor(count), isObject(given) ? { ...given, sources } : given, {
    origin: isObject(given) && typeof given.name === 'string' ? given.name : 'fused-source',
  });
  const members = checked.sources as readonly FusedMember[];
  const name = checked.name ?? members.map(({ source }) => source.name).join('+');
  if (new Set(members.map(({ source }) => source.name)).size < members.length) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: name,
      problem: `Two sources share a name: ${name}.`,
      nextStep: 'Give each a name of its own: answers state which source found a candidate.',
      path: ['sources'],
    });
  }
  const { fusion = { method: 'rrf' }, minimumSources = members.length, mergeBy = 'id' } = given;
  return { members, fusion, minimumSources, mergeBy, name };
}

function asMember(entry: unknown): unknown {
  return isObject(entry) && 'source' in entry ? entry : { source: entry };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
