import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed. */
  readonly bytes: Buffer;
  /** Parsed JSON; empty where it is none. */
  readonly body: Record<string, unknown>;
  /** Resolves once the connection is gone or the answer is out. */
  readonly ended: Promise<unknown>;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface ReplayServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Connections made so far. */
  connections(): number;
  /** Requests that have come and are not answered. */
  open(): number;
  /** What the requests from now on are answered with, one after the other; the last one answers all further ones. */
  answerWith(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

/** An HTTP server of this process that replays answers. */
export async function startServer(...first: readonly Answer[]): Promise<ReplayServer> {
  const seen: SeenRequest[] = [];
  let answers = [...first];
  let connections = 0;
  let open = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    open += 1;
    const ended = once(response, 'close').then(() => {
      open -= 1;
    });
    const entry = {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      bytes,
      body: /json/.test(request.headers['content-type'] ?? '') ? JSON.parse(bytes.toString()) : {},
      ended,
    };
    seen.push(entry);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    await answer(entry, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    seen,
    connections: () => connections,
    open: () => open,
    answerWith(...next) {
      answers = [...next];
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
}

export const hang: Answer = () => {};

/** Ends the connection without an answer. */
export const reset: Answer = (_, response) => {
  response.destroy();
};

/** Ends the connection in the middle of an answer that was said to be longer. */
export const cut: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"data":[{"index":0,', () => response.destroy());
};
