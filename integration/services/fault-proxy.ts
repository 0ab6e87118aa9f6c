import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of one request in place of its answer. */
export type AnswerFault = (response: ServerResponse, answer: string) => void;

/** Stands before an HTTP engine, and spoils answers. */
export interface FaultProxy {
  readonly url: string;
  /** From now on, requests whose path this matches get the fault; without one, all get the engine's own answer. */
  spoil(path: RegExp, fault: AnswerFault): void;
  mend(): void;
  close(): Promise<void>;
}

/** @param target such as `http://127.0.0.1:9200` */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let spoiled: { readonly path: RegExp; readonly fault: AnswerFault } | undefined;
  const server = createServer(async (request, response) => {
    response.on('error', () => undefined);
    try {
      const answer = await forward(target, request);
      const body = await answer.text();
      if (spoiled?.path.test(request.url ?? '')) return spoiled.fault(response, body);
      const headers = [...answer.headers].filter(
        ([name]) => !/^(content-(length|encoding)|transfer-encoding|connection)$/.test(name),
      );
      response.writeHead(answer.status, Object.fromEntries(headers)).end(body);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spoil(path, fault) {
      spoiled = { path, fault };
    },
    mend() {
      spoiled = undefined;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function forward(target: string, request: IncomingMessage): Promise<Response> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    /^(host|connection|content-length|accept-encoding|transfer-encoding)$/.test(name)
      ? []
      : [[name, String(value)] as [string, string]],
  );
  return fetch(`${target}${request.url}`, {
    method: request.method ?? 'GET',
    headers,
    ...(body.length > 0 && { body }),
  });
}
