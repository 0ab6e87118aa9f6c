import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  type CandidateSource,
  type Filter,
  type Reranker,
  rank,
  type TwoStageRetriever,
} from '@secondpass/core';
import { checkOptions, having, scoreReadable, text } from '@secondpass/core/extend';
import type { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ownVersion } from './own-version.ts';
import { type FoundPassage, toolResult } from './tool-result.ts';

/** The stages behind a {@link createMcpServer}. */
export interface McpServerOptions {
  readonly retriever: TwoStageRetriever;
  readonly reranker: Reranker;
  /** Stage 1 of the retriever. If it has `fetch`, the tool `fetch` returns any passage. @default found ones only */
  readonly source?: CandidateSource;
  /** Passages that searches found, for `fetch`. Share it only between servers with the same tenant and filter. */
  readonly found: LRUCache<string, FoundPassage>;
  /** Whose passages are searched. No tool takes a tenant or a filter, so that a model cannot choose another. */
  readonly tenant?: string | undefined;
  /** Which passages every search may find. @default all */
  readonly filter?: Filter | undefined;
}

const optionsSchema = z.strictObject({
  retriever: having<TwoStageRetriever>('a TwoStageRetriever', 'retrieve'),
  reranker: having<Reranker>('a reranker with name and score(), such as loadCrossEncoder gives', 'score'),
  source: having<CandidateSource>('a source with name and search()', 'search').optional(),
  found: having<object>('an LRUCache', 'get', 'set'),
  tenant: text.optional(),
  filter: z.unknown().optional(),
});

const query = z.string().max(32_768).describe('What to look for, as a question or in keywords.');
const topK = z.number().int().min(1).max(100).optional().describe('How many to return.');
const documents = z.array(z.string()).max(1000).describe('The texts to order.');
const id = z.string().max(32_768).describe('The id of a passage, as returned by search.');
const annotations = { readOnlyHint: true, openWorldHint: false };

/**
 * An MCP server with the tools `search`, `rerank` and `fetch`. A failure is a tool result with `isError`, never a crash.
 *
 * @example
 * import { loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
 * import { createMcpServer } from '@secondpass/mcp';
 * import { modelDirectory } from '@secondpass/models';
 * import { LRUCache } from 'lru-cache';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const search = async () => [{ id: '1', text: 'Yeast makes dough rise.', score: 1, rank: 1 }];
 * const retriever = new TwoStageRetriever({ source: { name: 'notes', input: 'text', search }, reranker });
 * const server = createMcpServer({ retriever, reranker, found: new LRUCache({ max: 10_000 }) });
 * await server.close();
 */
export function createMcpServer(options: McpServerOptions): McpServer {
  checkOptions(optionsSchema, options, { origin: 'secondpass-mcp' });
  const { retriever, reranker, source, found, tenant, filter } = options;
  const server = new McpServer({ name: 'secondpass', version: ownVersion() });
  const scope = { ...(tenant !== undefined && { tenant }), ...(filter && { filter }) };

  server.registerTool(
    'search',
    { description: 'Searches the index.', inputSchema: { query, topK }, annotations },
    (asked, { signal }) =>
      toolResult(async () => {
        const limit = asked.topK === undefined ? {} : { topK: asked.topK };
        const ranking = await retriever.retrieve(asked.query, { ...scope, ...limit, signal });
        const results = ranking.hits.map(({ score, candidate: { id, text, payload } }) => {
          found.set(id, { id, text, metadata: payload ?? {} });
          return { id, score, text, metadata: payload ?? {} };
        });
        return { results, ...(ranking.degraded && { degraded: ranking.degraded.reason }) };
      }),
  );
  server.registerTool(
    'rerank',
    {
      description: 'Orders the given texts by relevance to a query.',
      inputSchema: { query, documents, topN: topK },
      annotations,
    },
    (asked, { signal }) =>
      toolResult(async () => {
        const scores = await scoreReadable(reranker, {
          query: asked.query,
          passages: asked.documents,
          signal,
        });
        const candidates = asked.documents.map((text, at) => ({ id: `${at}`, text, score: 0, rank: at + 1 }));
        const hits = rank(candidates, scores, asked.topN ?? candidates.length);
        return { results: hits.map(({ score, candidate }) => ({ index: candidate.rank - 1, score })) };
      }),
  );
  server.registerTool(
    'fetch',
    { description: 'Returns the whole passage with the given id.', inputSchema: { id }, annotations },
    (asked, { signal }) =>
      toolResult(async () => {
        if (source?.fetch) {
          const [document] = await source.fetch({ ...scope, ids: [asked.id], signal });
          if (!document) throw new Error(`fetch: The index has no ${JSON.stringify(asked.id)}.`);
          return { id: document.id, text: document.text, metadata: document.payload ?? {} };
        }
        const passage = found.get(asked.id);
        if (passage) return { ...passage };
        throw new Error(
          `fetch: No search of this server has found ${JSON.stringify(asked.id)}. Search first.`,
        );
      }),
  );
  return server;
}
