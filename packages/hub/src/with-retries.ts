import { setTimeout as wait } from 'node:timers/promises';
import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import pRetry from 'p-retry';
import type { HubSettings } from './hub-settings.ts';
import { PassingFailure } from './passing-failure.ts';

const longestBackoffMs = 10_000;

/**
 * Repeats an attempt after a temporary failure, with growing pauses that respect `Retry-After`.
 *
 * @throws RetrievalError `hub-unreachable` after the last attempt; any other error of the attempt, at once
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  settings: HubSettings,
  signal: AbortSignal | undefined,
): Promise<T> {
  let attempts = 0;
  try {
    return await pRetry(
      () => {
        attempts += 1;
        return attempt();
      },
      {
        retries: settings.retries,
        minTimeout: settings.backoffMs,
        maxTimeout: longestBackoffMs,
        randomize: true,
        ...(signal && { signal }),
        shouldConsumeRetry: ({ error }) => !(error instanceof PassingFailure && error.progressed),
        shouldRetry: ({ error }) => mayPass(error, settings),
        onFailedAttempt: async ({ error, retriesLeft }) => {
          if (!mayPass(error, settings) || retriesLeft === 0) return;
          await wait(error.retryAfterMs, undefined, { signal });
        },
      },
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof PassingFailure) throw unreachable(error, attempts, settings);
    throw error;
  }
}

function mayPass(error: unknown, { longestRetryAfterMs }: HubSettings): error is PassingFailure {
  return error instanceof PassingFailure && error.retryAfterMs <= longestRetryAfterMs;
}

function unreachable(error: PassingFailure, attempts: number, { endpoint }: HubSettings): RetrievalError {
  const seconds = Math.ceil(error.retryAfterMs / 1000);
  const times = attempts === 1 ? '' : `, in ${attempts} attempts`;
  return new RetrievalError({
    code: 'hub-unreachable',
    origin: endpoint,
    problem: `${error.message}${times}.`,
    nextStep:
      seconds > 0
        ? `Try again in ${seconds} s; with HF_TOKEN set a hub allows more.`
        : 'Check the network, HF_ENDPOINT and HTTPS_PROXY, and run it again: it continues where it stopped.',
    ...(error.cause !== undefined && { cause: foreignCause(error.cause) }),
  });
}
