import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands before a server and tells when a request comes by, so that a test can act in the middle of it. */
export interface Relay {
  readonly url: string;
  /** Resolves with the next POST. */
  nextRequest(): Promise<void>;
  /** The server gets this many more POSTs. Later ones get no answer. */
  passOnly(count: number): void;
  close(): Promise<void>;
}

export async function startRelay(target: string): Promise<Relay> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let waiting: (() => void)[] = [];
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let held = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    // A server closes a connection without requests after some seconds; the caller of a held one must not see that.
    upstream.on('close', () => held || client.destroy());
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      if (bytes.toString('latin1').startsWith('POST ')) {
        for (const resolve of waiting) resolve();
        waiting = [];
        held = left === 0;
        if (!held) left -= 1;
      }
      if (!held) upstream.write(bytes);
    });
    client.on('end', () => upstream.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${address.port}`,
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    passOnly(count) {
      left = count;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
