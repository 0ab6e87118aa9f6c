import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * Stands before a server. After a chosen number of answers a connection goes silent: it stays open, takes what is sent
 * and passes nothing on, as a server does that hangs.
 */
export interface SilentProxy {
  readonly host: string;
  readonly port: number;
  /**
   * From now on, connections go silent after so many answers, counted from this call.
   * An answer is what the server sends between two requests. Infinity: none goes silent.
   *
   * @param passed part of the first silent answer that is passed on, in bytes
   */
  silenceAfter(answers: number, passed?: number): void;
  /** Connections at this moment that are open and silent. */
  silent(): number;
  /** Connections that have gone silent since the last `silenceAfter`. */
  fellSilent(): number;
  close(): Promise<void>;
}

interface Link {
  answers: number;
  waiting: boolean;
  silent: boolean;
  left: number;
}

/** @param counts the answers of each connection by itself, or of all together where a client spreads its requests */
export async function startSilentProxy(
  target: { host: string; port: number },
  counts: 'each' | 'all' = 'each',
): Promise<SilentProxy> {
  const links = new Map<Socket, Link>();
  let limit = Number.POSITIVE_INFINITY;
  let most = 0;
  let fallen = 0;
  let all = 0;
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    const link: Link = { answers: 0, waiting: true, silent: false, left: 0 };
    links.set(client, link);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        links.delete(client);
        other.destroy();
      });
    }
    client.on('data', (bytes) => {
      link.waiting = true;
      if (!link.silent) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (link.waiting) {
        link.waiting = false;
        if (!link.silent && (counts === 'each' ? link.answers : all) >= limit) {
          link.silent = true;
          link.left = most;
          fallen += 1;
        }
        link.answers += 1;
        all += 1;
      }
      const part = link.silent ? bytes.subarray(0, link.left) : bytes;
      if (link.silent) link.left -= part.length;
      if (part.length > 0) client.write(part);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    host: '127.0.0.1',
    port,
    silenceAfter(answers, passed = 0) {
      limit = answers;
      most = passed;
      fallen = 0;
      all = 0;
      for (const link of links.values()) link.answers = 0;
    },
    silent: () => [...links.values()].filter(({ silent }) => silent).length,
    fellSilent: () => fallen,
    async close() {
      for (const socket of links.keys()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
