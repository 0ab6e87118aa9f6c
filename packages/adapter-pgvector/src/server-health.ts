import type { PgvectorClient } from './pgvector-client.ts';
import { inTransaction } from './pgvector-transaction.ts';

/** How long a server that did not answer is left alone before it is asked again, in milliseconds. */
const restMs = 1000;

/** How long it may take to answer then, in milliseconds. */
const mostMs = 3000;

interface Health {
  isDown: boolean;
  isAsking: boolean;
  askAgainAt: number;
}

const servers = new WeakMap<PgvectorClient, Health>();

/**
 * Whether a server is to be asked. One that did not answer is asked again in the background, at most once in a second and only
 * while somebody searches: no search waits for it, and no timer runs.
 */
export function isUp(client: PgvectorClient): boolean {
  const health = healthOf(client);
  if (health.isDown && performance.now() >= health.askAgainAt) askInBackground(client, health);
  return !health.isDown;
}

/** Leaves a server alone that did not answer. */
export function markDown(client: PgvectorClient): void {
  const health = healthOf(client);
  health.isDown = true;
  health.askAgainAt = performance.now() + restMs;
}

/** Finds out whether a server that a caller did not wait for answers at all. It is used meanwhile. */
export function suspect(client: PgvectorClient): void {
  askInBackground(client, healthOf(client));
}

function askInBackground(client: PgvectorClient, health: Health): void {
  if (health.isAsking) return;
  health.isAsking = true;
  const options = { settings: [], access: 'read', signal: AbortSignal.timeout(mostMs) } as const;
  inTransaction(client, options, (run) => run({ text: 'SELECT 1', last: true })).then(
    () => {
      health.isAsking = false;
      health.isDown = false;
    },
    () => {
      health.isAsking = false;
      markDown(client);
    },
  );
}

function healthOf(client: PgvectorClient): Health {
  const known = servers.get(client);
  if (known) return known;
  const health = { isDown: false, isAsking: false, askAgainAt: 0 };
  servers.set(client, health);
  return health;
}
