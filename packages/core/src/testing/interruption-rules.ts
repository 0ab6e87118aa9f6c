import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rule } from './contract.ts';
import { corpus, queries } from './corpus.ts';
import { assertRefused } from './failure-rules.ts';
import {
  type CandidateSourceContractOptions,
  openWith,
  type SlowOptions,
  stored,
} from './source-under-test.ts';

type InterruptionSubject = Pick<CandidateSourceContractOptions, 'open' | 'slow'>;

const [query] = queries;
/** Sixty passages at 50 ms each keep an engine busy for three seconds. */
const documents = Array.from({ length: 60 }, (_, index) =>
  stored({ ...corpus[index % corpus.length]!, id: `passage ${index}` }),
);

/** An aborted search stops costing the engine anything. */
export const interruptionRules: readonly Rule<InterruptionSubject>[] = [
  {
    name: "aborting in flight ends the engine's work",
    async check(subject) {
      const slow = given(subject.slow);
      const { source } = await openWith(subject, documents);
      const reason = new Error('The user left.');
      const controller = new AbortController();
      const { signal } = controller;
      const searches = [1, 2].map(() => source.search({ query, depth: 60, filter: slow.filter, signal }));
      const settled = Promise.allSettled(searches);
      await until(async () => (await slow.working()) > 0, 2500, 'The slow search never began.');
      const aborted = performance.now();
      controller.abort(reason);
      for (const outcome of await settled) {
        assert.ok(
          outcome.status === 'rejected' && outcome.reason === reason,
          'It was not rejected by its reason.',
        );
      }
      assert.ok(performance.now() - aborted < 500, 'It took half a second to reject.');
      await until(async () => (await slow.working()) === 0, 1000, 'The engine works on.');
      assert.equal((await source.search({ query, depth: 60 })).length, 60);
    },
  },
  {
    name: 'a search beyond its timeout is deadline-exceeded, and the engine stops',
    async check(subject) {
      const slow = given(subject.slow);
      const { source } = await openWith(subject, documents, { timeoutMs: 300 });
      const started = performance.now();
      const search = source.search({ query, depth: 60, filter: slow.filter });
      await assertRefused(search, 'deadline-exceeded', source.name);
      assert.ok(performance.now() - started < 2000, 'It took two seconds to time out.');
      await until(async () => (await slow.working()) === 0, 1000, 'The engine works on.');
      assert.equal((await source.search({ query, depth: 60 })).length, 60);
    },
  },
];

async function until(condition: () => Promise<boolean>, withinMs: number, otherwise: string): Promise<void> {
  const deadlineAt = performance.now() + withinMs;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineAt, otherwise);
    await sleep(20);
  }
}

function given(slow: SlowOptions | undefined): SlowOptions {
  assert.ok(slow, 'These rules need the option `slow`.');
  return slow;
}
