import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Linux gives the ports from 32768 on to outgoing connections and to servers that ask for any port. One of those could be
 * taken between this function and the start of an engine, which takes seconds, or while an engine is stopped.
 */
const lowest = 10_000;
const highest = 32_767;
const mostTries = 100;

/** A free port of this machine. The system gives it to nobody else by itself. */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const server = createServer().listen(randomInt(lowest, highest), '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if (tries === mostTries) throw error;
      continue;
    }
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    return port;
  }
}
