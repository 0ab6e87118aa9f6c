import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { RetrievalError } from '@secondpass/core';
import { checkOptions, integer, optionsOf, text } from '@secondpass/core/extend';

/** Where {@link serveHttp} listens. */
export interface HttpOptions {
  /** From 0, which is any free port, to 65535. */
  readonly port: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** What a caller sends as `Authorization: Bearer …`; needed beyond loopback. @default none */
  readonly token?: string | undefined;
}

const optionsSchema = optionsOf({
  port: integer(0, 65_535),
  host: text.optional(),
  token: text.optional(),
});

/**
 * Answers MCP at `/mcp` by streamable HTTP, without sessions: each request gets a server of its own.
 *
 * @throws RetrievalError `invalid-options` for a host beyond loopback without a token
 *
 * @example
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
 * import { serveHttp } from '@secondpass/mcp';
 * const newServer = () => new McpServer({ name: 'notes', version: '1.0.0' }); // in earnest: createMcpServer(…)
 * const server = await serveHttp(newServer, { port: 0 });
 * server.listening; // → true
 * server.close();
 */
export async function serveHttp(newServer: () => McpServer, options: HttpOptions): Promise<Server> {
  checkOptions(optionsSchema, options, { origin: 'secondpass-mcp', secret: ['token'] });
  const { port, host = '127.0.0.1', token } = options;
  if (token === undefined && !['127.0.0.1', 'localhost', '::1'].includes(host)) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: 'secondpass-mcp',
      problem: `host is ${host}, which other machines can reach, and there is no token.`,
      nextStep: 'Set SECONDPASS_MCP_TOKEN, or leave --host out.',
    });
  }
  const app = createMcpExpressApp({ host });
  app.post('/mcp', async (request: IncomingMessage & { body?: unknown }, response: ServerResponse) => {
    if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
      return void response.writeHead(401).end('Send the token as Authorization: Bearer.');
    }
    const server = newServer();
    const transport = new StreamableHTTPServerTransport({});
    response.on('close', () => void server.close());
    await server.connect(transport as Parameters<McpServer['connect']>[0]);
    await transport.handleRequest(request, response, request.body);
  });
  app.all('/mcp', (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(405, { Allow: 'POST' }).end();
  });
  const listening = app.listen(port, host);
  await once(listening, 'listening');
  return listening;
}

/** Compares in constant time, so that the timing reveals nothing about the token. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
