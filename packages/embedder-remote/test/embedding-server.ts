import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON. */
  readonly body: unknown;
  /** Resolves once the connection is gone or the answer is out. */
  readonly ended: Promise<unknown>;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface EmbeddingServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** What the requests from now on are answered with, one after the other; the last one answers all further ones. */
  answerWith(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

/** An HTTP server of this process that replays answers. */
export async function startServer(...first: readonly Answer[]): Promise<EmbeddingServer> {
  const seen: SeenRequest[] = [];
  let answers = [...first];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const entry = {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
      ended: once(response, 'close'),
    };
    seen.push(entry);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    await answer(entry, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    seen,
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

/** Three numbers that tell texts apart. */
export function vectorOf(text: string): number[] {
  return [text.length, text.codePointAt(0)! / 1024, 1];
}

export function asBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}

/** A sound service of OpenAI's dialect that writes its vectors in reverse order. */
export const openAi: Answer = (request, response) => {
  const { input, encoding_format, model } = request.body as {
    input: string[];
    encoding_format: string;
    model: string;
  };
  const data = input.map((text, index) => ({
    object: 'embedding',
    index,
    embedding: encoding_format === 'base64' ? asBase64(vectorOf(text)) : vectorOf(text),
  }));
  json({ object: 'list', data: data.reverse(), model, usage: { prompt_tokens: 1, total_tokens: 1 } })(
    request,
    response,
  );
};

export const hang: Answer = () => {};

export const cut: Answer = (_, response) => {
  response.destroy();
};
