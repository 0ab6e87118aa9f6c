import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { type Reranker, TwoStageRetriever } from '@secondpass/core';
import { inMemorySource } from '@secondpass/core/testing';
import { LRUCache } from 'lru-cache';
import { runCommand } from '../../cli/test/run-command.ts';
import { temporaryFolder } from '../../cli/test/temporary-folder.ts';
import { createMcpServer, serveHttp } from '../src/index.ts';

const program = join(import.meta.dirname, '../bin/secondpass-mcp.js');
const ownManifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
const config =
  'source: { adapter: pgvector, directory: data, table: notes, tenantField: team }\nreranker: { model: nano }\n';
const corpus = [
  { id: 'rise', text: 'Yeast makes dough rise.', team: 'a' },
  { id: 'salt', text: 'Salt slows yeast down.', team: 'a' },
  { id: 'secret', text: 'Yeast that team b keeps to itself.', team: 'b' },
];
let folder = '';
let child: ChildProcess | undefined;
beforeAll(async () => {
  const notes = corpus.map((document) => JSON.stringify(document)).join('\n');
  folder = temporaryFolder({ 'secondpass.config.yaml': config, 'notes.jsonl': notes });
  const flags = ['index', '--config', 'secondpass.config.yaml', '--corpus', 'notes.jsonl'];
  expect(await runCommand(flags, { folder })).toMatchObject({ code: 0 });
});
afterAll(() => void child?.kill());

const flags = () => [program, '--config', join(folder, 'secondpass.config.yaml'), '--tenant', 'a'];
async function call(client: Client, name: string, asked: Record<string, unknown>) {
  const result = (await client.callTool({ name, arguments: asked })) as CallToolResult;
  return {
    ...result,
    answer: result.structuredContent as { results: { id: string; index: number; score: number }[] },
  };
}
const words = (result: CallToolResult) => (result.content[0] as { text: string }).text;

/** What a client finds, by either transport. */
async function useServer(client: Client) {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['search', 'rerank', 'fetch']);
  expect(JSON.stringify(tools)).not.toContain('tenant');

  const unsearched = await call(client, 'fetch', { id: 'salt' });
  expect(unsearched.structuredContent).toMatchObject({
    id: 'salt',
    text: corpus[1]!.text,
    metadata: { team: 'a' },
  });
  const unknown = await call(client, 'fetch', { id: 'sugar' });
  expect([unknown.isError, words(unknown)]).toEqual([true, 'fetch: The index has no "sugar".']);
  const { answer } = await call(client, 'search', { query: 'why does dough rise', topK: 5, tenant: 'b' });
  expect(answer.results.map(({ id }) => id)).toEqual(['rise', 'salt']);
  const fetched = await call(client, 'fetch', { id: 'rise' });
  expect(fetched.structuredContent).toMatchObject({ id: 'rise', text: corpus[0]!.text });
  expect(await call(client, 'fetch', { id: 'secret' })).toMatchObject({ isError: true });

  const documents = ['The harbor froze.', '', 'Yeast makes dough rise.'];
  const reranked = await call(client, 'rerank', { query: 'why does dough rise', documents, topN: 50 });
  expect(reranked.answer.results.map(({ index }) => index)).toEqual([2, 0, 1]);
  expect((await call(client, 'rerank', { query: 'dough', documents: [] })).answer).toEqual({ results: [] });

  const blank = await call(client, 'search', { query: ' ' });
  expect([blank.isError, words(blank)]).toEqual([true, expect.stringMatching(/The query is empty/)]);
}

test('a client searches by stdio, as the tenant of the server', async () => {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: flags() }));
  expect(client.getServerVersion()).toMatchObject({ name: 'secondpass', version: ownManifest.version });
  await useServer(client);
  await client.close();
});

test('and by streamable HTTP, with the token only', async () => {
  const env = { ...process.env, SECONDPASS_MCP_TOKEN: 'a long token' };
  child = spawn(process.execPath, [...flags(), '--port', '0'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [line] = (await once(child.stderr!, 'data')) as [Buffer];
  const url = new URL(/http:\S+/.exec(`${line}`)![0]);
  const client = new Client({ name: 'test', version: '1' });
  const headers = { Authorization: 'Bearer a long token' };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }) as never);
  await useServer(client);
  await client.close();
  expect((await fetch(url, { method: 'POST' })).status).toBe(401);
  expect((await fetch(url, { headers })).status).toBe(405);
});

test('beyond loopback it does not start without a token', async () => {
  const work = serveHttp(() => createMcpServer({} as never), { port: 0, host: '0.0.0.0' });
  await expect(work).rejects.toMatchObject({ code: 'invalid-options' });
});

test('a client that cancels ends the work', async () => {
  const aborted = Promise.withResolvers<void>();
  const reranker: Reranker = {
    name: 'silent',
    score: ({ signal }) =>
      new Promise<never>(() => signal?.addEventListener('abort', () => aborted.resolve())),
  };
  const retriever = new TwoStageRetriever({ source: inMemorySource().textSource, reranker });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await createMcpServer({ retriever, reranker, found: new LRUCache({ max: 10 }) }).connect(ours);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(theirs);
  const asked = { name: 'rerank', arguments: { query: 'dough', documents: ['dough'] } };
  const work = client.callTool(asked, undefined, { signal: AbortSignal.timeout(30) });
  await expect(work).rejects.toThrow();
  await aborted.promise;
});
