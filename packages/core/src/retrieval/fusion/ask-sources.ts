import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError, type RetrievalErrorCode } from '../../foundation/retrieval-error.ts';
import { untilAborted } from '../../foundation/until-aborted.ts';
import { checkCandidates } from '../pipeline/check-candidates.ts';
import type { Candidate } from '../seams/candidate.ts';
import type { CandidateRequest } from '../seams/candidate-source.ts';
import type { CheckedFusedConfig, FusedMember } from './fused-options.ts';
import type { CandidateList } from './fusion.ts';

/** Mistakes that the caller has to fix; another source's answer would only hide them. */
const mistakes: readonly RetrievalErrorCode[] = [
  'invalid-query',
  'invalid-filter',
  'invalid-options',
  'dimension-mismatch',
  'closed',
];

interface SourceFailure {
  readonly source: string;
  readonly error: unknown;
  /** Names the source and what happened, and quotes no message: engines put queries into their messages. */
  readonly description: string;
}

/**
 * Asks all sources at once. One list per source, in their order; a source that failed or was late has an empty one, and
 * `onDegraded` is told which. Searches that are no longer needed are aborted without waiting for them.
 *
 * @throws RetrievalError for a caller's mistake or a failed required source, or when fewer than `minimumSources` can
 * answer
 */
export async function askSources(
  { members, minimumSources, name }: CheckedFusedConfig,
  request: CandidateRequest,
): Promise<readonly CandidateList[]> {
  const useless = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, useless.signal]) : useless.signal;
  const failures: SourceFailure[] = [];
  const searches = members.map(async (member) => {
    const source = member.source.name;
    try {
      return { source, candidates: await ask(member, request, signal) };
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ source, error, description: describe(source, error) });
      const fatal = member.required || (RetrievalError.is(error) && mistakes.includes(error.code));
      if (fatal) throw asError(failures.slice(-1), name);
      if (members.length - failures.length < minimumSources) throw asError(failures, name);
      return { source, candidates: [] };
    }
  });
  try {
    const lists = await Promise.all(searches);
    if (failures.length > 0) {
      const answered = `${members.length - failures.length} of ${members.length} sources answered`;
      const reason = `${name}: ${answered}: ${failures.map(({ description }) => description).join('; ')}.`;
      request.onDegraded?.({ stage: 'search', reason });
    }
    return lists;
  } catch (error) {
    useless.abort(error);
    throw error;
  }
}

async function ask(
  { source, timeoutMs, depth, idPrefix }: FusedMember,
  request: CandidateRequest,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const late = new AbortController();
  const miss = () =>
    late.abort(
      new RetrievalError({
        code: 'deadline-exceeded',
        origin: source.name,
        problem: `No answer within ${timeoutMs} ms.`,
        nextStep: 'Raise its timeoutMs, or find out what it waits for.',
      }),
    );
  const timer = timeoutMs === undefined ? undefined : setTimeout(miss, timeoutMs);
  const either = AbortSignal.any([signal, late.signal]);
  try {
    const search = source.search({ ...request, depth: depth ?? request.depth, signal: either });
    const asked = depth ?? request.depth;
    const onDegraded = request.onDegraded ?? (() => undefined);
    const candidates = checkCandidates(await untilAborted(search, either), asked, source.name, onDegraded);
    return idPrefix ? candidates.map((one) => ({ ...one, id: `${idPrefix}${one.id}` })) : candidates;
  } finally {
    clearTimeout(timer);
  }
}

function describe(source: string, error: unknown): string {
  if (!RetrievalError.is(error))
    return `${source} failed (${error instanceof Error ? error.name : typeof error})`;
  return error.code === 'deadline-exceeded' ? `${source} was late` : `${source} failed (${error.code})`;
}

/** One failure keeps its own words; several are listed. */
function asError(failures: readonly SourceFailure[], origin: string): RetrievalError {
  const errors = failures.map(({ error }) => error);
  const codes = new Set(errors.map((error) => (RetrievalError.is(error) ? error.code : 'source-failed')));
  const code = codes.size === 1 ? [...codes][0]! : 'source-failed';
  const [first] = failures;
  if (failures.length > 1) {
    return new RetrievalError({
      code,
      origin,
      problem: `${failures.map(({ description }) => description).join('; ')}: too few sources are left.`,
      nextStep: 'See the causes; a lower minimumSources answers with those that are left.',
      cause: new AggregateError(errors),
    });
  }
  const error = first!.error;
  return new RetrievalError({
    code,
    origin,
    problem: RetrievalError.is(error)
      ? `${error.origin}: ${error.problem}`
      : `${first!.source}: ${error instanceof Error ? error.message : describeValue(error)}`,
    nextStep: RetrievalError.is(error) ? error.nextStep : 'See the cause.',
    cause: error,
  });
}
