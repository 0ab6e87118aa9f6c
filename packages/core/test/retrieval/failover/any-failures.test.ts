import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { failoverReranker } from '../../../src/entries/rerankers.ts';
import { type Degradation, type PassageScore, RetrievalError } from '../../../src/index.ts';
import { type Behavior, modelsOf, ScriptedReranker } from './scripted-reranker.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const behavior = fc.record({
  does: fc.constantFrom<Behavior['does']>(
    'answer',
    'answer',
    'fail',
    'foreign-error',
    'throw',
    'hang',
    'nan',
    'short',
    'nothing',
    'partial',
    'mistake',
  ),
  after: fc.integer({ min: 0, max: 300 }),
  deaf: fc.boolean(),
});

const member = fc.record({
  behaviors: fc.array(behavior, { minLength: 1, maxLength: 30 }),
  timeoutMs: fc.integer({ min: 1, max: 200 }),
  circuit: fc.option(
    fc.record({ failures: fc.integer({ min: 1, max: 4 }), probeAfterMs: fc.integer({ min: 1, max: 400 }) }),
  ),
  hedge: fc.option(
    fc.record({ afterPercentile: fc.constant(50), budget: fc.constant(1), to: fc.constant('same' as const) }),
  ),
});

const call = fc.record({
  passages: fc.integer({ min: 1, max: 4 }),
  deadlineAt: fc.option(fc.integer({ min: -5, max: 300 })),
  abortAfter: fc.option(fc.integer({ min: 0, max: 300 }), { freq: 5 }),
});

test('every call ends within its limit: all scores of one model, less and told so, or a typed error', async () => {
  const chains = fc.record({
    members: fc.array(member, { minLength: 1, maxLength: 3 }),
    calls: fc.array(call, { minLength: 1, maxLength: 45 }),
  });
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(chains, async ({ members, calls }) => {
      const models = members.map(
        ({ behaviors }, index) => new ScriptedReranker(`model ${index}`, index + 1, behaviors),
      );
      const chain = failoverReranker({
        rerankers: members.map(({ timeoutMs, circuit, hedge }, index) => ({
          reranker: models[index]!,
          timeoutMs,
          circuit: circuit ?? false,
          ...(hedge && { hedge }),
        })),
      });
      const longest = members.reduce((sum, { timeoutMs }) => sum + timeoutMs + 2, 0);
      for (const { passages, deadlineAt, abortAfter } of calls) {
        const told: Degradation[] = [];
        const controller = new AbortController();
        const limit = Math.min(
          longest,
          deadlineAt === null ? longest : Math.max(0, deadlineAt) + 2,
          (abortAfter ?? longest) + 1,
        );
        let outcome: readonly (PassageScore | null)[] | { readonly error: unknown } | undefined;
        const asked = {
          query: 'q',
          passages: Array.from({ length: passages }, (_, index) => 'p'.repeat(index + 2)),
          signal: controller.signal,
          onDegraded: (degradation: Degradation) => void told.push(degradation),
        };
        chain
          .score(deadlineAt === null ? asked : { ...asked, deadlineAt: performance.now() + deadlineAt })
          .then(
            (scores) => {
              outcome = scores;
            },
            (error: unknown) => {
              outcome = { error };
            },
          );
        if (abortAfter !== null) setTimeout(() => controller.abort('left'), abortAfter);
        await jest.advanceTimersByTimeAsync(limit);
        expect(outcome).toBeDefined();
        if ('error' in outcome!) {
          const { error } = outcome;
          expect(error === 'left' ? controller.signal.aborted : RetrievalError.is(error)).toBe(true);
          seen.add(error === 'left' ? 'aborted' : (error as RetrievalError).code);
          continue;
        }
        const scores = outcome as readonly (PassageScore | null)[];
        expect(scores).toHaveLength(passages);
        expect(modelsOf(scores).length).toBeLessThanOrEqual(1);
        const full = !scores.includes(null) && modelsOf(scores)[0] === 1;
        expect(told.length > 0).toBe(!full);
        if (deadlineAt === null) expect(scores).not.toContain(null);
        seen.add(full ? 'full' : scores.includes(null) ? 'fewer' : "another's");
      }
      // Nothing is left behind that would keep the process alive.
      await jest.advanceTimersByTimeAsync(1000);
      expect(jest.getTimerCount()).toBe(0);
    }),
    { numRuns: 150 },
  );
  // That the histories reach all of these is part of the test.
  for (const end of [
    'full',
    'fewer',
    "another's",
    'aborted',
    'rerank-failed',
    'deadline-exceeded',
    'invalid-passage',
  ]) {
    expect(seen).toContain(end);
  }
});
