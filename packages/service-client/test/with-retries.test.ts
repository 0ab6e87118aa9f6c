import { expect, test } from '@jest/globals';
import { FailedTry, type RetryLimits, tooSlow, unreachable, withRetries } from '../src/index.ts';
import { testKind } from './test-kind.ts';

const service = { origin: 'test', kind: testKind, redact: (text: string) => text };
const away = unreachable(service, new Error('away'));
const asks = (retryAfterMs: number) => new FailedTry(away.error, { mayRetry: true, retryAfterMs });

/** What came of it, how many tries it took, and how long. */
async function outcomeOf(failures: readonly Error[], limits: Partial<RetryLimits> = {}) {
  let tries = 0;
  const started = performance.now();
  const attempt = async () => {
    const failure = failures[tries++];
    if (failure) throw failure;
    return 'sound';
  };
  const end = { retries: 1, endsAt: started + 20_000, signal: new AbortController().signal };
  const result = await withRetries(attempt, { ...end, ...limits }).catch((error: unknown) => error);
  return { result, tries, took: performance.now() - started };
}

test('what may pass is tried again, as often as allowed', async () => {
  expect(await outcomeOf([away])).toMatchObject({ result: 'sound', tries: 2 });
  expect(await outcomeOf([away, away])).toMatchObject({ result: away, tries: 2 });
});

test('what will not change is not', async () => {
  const refused = new FailedTry(away.error, { mayRetry: false });
  expect(await outcomeOf([refused])).toMatchObject({ result: refused, tries: 1 });
  const other = new Error('not of a service');
  expect(await outcomeOf([other])).toMatchObject({ result: other, tries: 1 });
});

test('what took too long is not, where the service still works on it', async () => {
  const slow = tooSlow(service, 50);
  expect(await outcomeOf([slow], { afterTimeout: false })).toMatchObject({ result: slow, tries: 1 });
  expect(await outcomeOf([slow])).toMatchObject({ result: 'sound', tries: 2 });
});

test('no sooner than the service asks for, unless the attempt itself waits', async () => {
  expect((await outcomeOf([asks(1200)])).took).toBeGreaterThan(1390);
  expect((await outcomeOf([asks(5000)], { waitsAsAsked: false })).took).toBeLessThan(4900);
});

test('not at all where the wait would outlast the call', async () => {
  const long = asks(60_000);
  for (const waitsAsAsked of [true, false]) {
    const outcome = await outcomeOf([long], { waitsAsAsked });
    expect(outcome).toMatchObject({ result: long, tries: 1 });
  }
});

test("an abort ends the wait with the signal's reason", async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  const { result, took } = await outcomeOf([asks(15_000)], { signal: controller.signal });
  expect(result).toBe(reason);
  expect(took).toBeLessThan(5_000);
});
