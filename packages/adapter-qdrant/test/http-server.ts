import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface ListeningServer {
  readonly url: string;
  close(): Promise<void>;
}

/** An HTTP server of this process, at a port of its own. */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ListeningServer> {
  // It shares the process with its clients, which may be busy for longer than the default of five seconds.
  const server = createServer({ keepAliveTimeout: 120_000 }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
