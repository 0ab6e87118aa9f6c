import { jest } from '@jest/globals';
import { failoverReranker } from '../../../src/entries/rerankers.ts';
import type { Degradation } from '../../../src/index.ts';
import { type Behavior, ScriptedReranker } from './scripted-reranker.ts';

export const passages = ['one', 'three', 'a secret passage'];
export const request = { query: 'a secret query', passages };

/** Two rerankers of which the first gives up after 100 ms, and what the chain of them tells. */
export function chainOf(first: Behavior[], second: Behavior[] = [{ does: 'answer' }], options: object = {}) {
  const remote = new ScriptedReranker('remote', 1, first);
  const local = new ScriptedReranker('local', 2, second);
  const chain = failoverReranker({
    rerankers: [{ reranker: remote, timeoutMs: 100, ...options }, { reranker: local }],
  });
  const told: Degradation[] = [];
  const ask = (more: object = {}) =>
    chain.score({ ...request, onDegraded: (degradation) => told.push(degradation), ...more });
  return { remote, local, chain, told, ask };
}

/** The outcome of a call once `milliseconds` have passed on the faked clock. */
export async function after<T>(milliseconds: number, call: Promise<T>): Promise<T> {
  call.catch(() => {});
  const pending = Symbol('pending');
  await jest.advanceTimersByTimeAsync(milliseconds);
  const outcome = await Promise.race([call, Promise.resolve(pending)]);
  if (outcome === pending) throw new Error(`no outcome after ${milliseconds} ms`);
  return outcome as T;
}

/** What a call rejects with. */
export const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (answer) => answer,
    (error: unknown) => error,
  );
