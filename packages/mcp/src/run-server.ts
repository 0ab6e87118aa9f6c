import type { AddressInfo } from 'node:net';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { type Filter, parseFilter } from '@secondpass/core';
import { Command } from 'commander';
import { LRUCache } from 'lru-cache';
import { openConfiguration } from 'secondpass/config';
import { createMcpServer } from './create-mcp-server.ts';
import { serveHttp } from './serve-http.ts';
import type { FoundPassage } from './tool-result.ts';

interface Flags {
  readonly config: string;
  readonly tenant?: string;
  readonly filter?: Filter;
  readonly port?: number;
  readonly host?: string;
}

/** The command `secondpass-mcp`: MCP by stdio, or by streamable HTTP if a port is given. Exits when its caller does. */
export async function runServer(argv: readonly string[]): Promise<void> {
  const command = new Command('secondpass-mcp')
    .requiredOption('--config <file>', 'a configuration of secondpass')
    .option('--tenant <name>', 'the tenant whose passages every search sees')
    .option('--filter <json>', 'condition on the payload of every search', readFilter)
    .option('--port <number>', 'serve streamable HTTP at /mcp instead of stdio', Number)
    .option('--host <address>', 'address to listen on; beyond loopback it needs SECONDPASS_MCP_TOKEN')
    .parse(argv);
  const { config, tenant, filter, port, host } = command.opts<Flags>();
  try {
    const opened = await openConfiguration(config);
    const found = new LRUCache<string, FoundPassage>({ max: 10_000 });
    const { retriever, reranker, source } = opened;
    const newServer = () => createMcpServer({ retriever, reranker, source, found, tenant, filter });
    const stop = () => void opened.close().finally(() => process.exit());
    process.once('SIGTERM', stop).once('SIGINT', stop);
    if (port === undefined) {
      process.stdin.once('end', stop);
      return await newServer().connect(new StdioServerTransport());
    }
    const token = process.env['SECONDPASS_MCP_TOKEN'];
    const server = await serveHttp(newServer, { port, ...(host !== undefined && { host }), token });
    const { address, port: bound } = server.address() as AddressInfo;
    // With stdio, standard output belongs to the protocol; so it stays empty with a port too.
    process.stderr.write(`MCP at http://${address}:${bound}/mcp\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}

function readFilter(text: string): Filter {
  return parseFilter(JSON.parse(text), '--filter');
}
