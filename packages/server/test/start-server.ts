import { createHash } from 'node:crypto';
import { type CrossEncoder, loadBiEncoder, loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { type RerankServer, rerankServer, type ServerOptions } from '../src/index.ts';

/** Real models, loaded once for a test file. */
export async function loadModels() {
  const [nano, small, embedder] = await Promise.all([
    loadCrossEncoder(modelDirectory('nano')),
    loadCrossEncoder(modelDirectory('small')),
    loadBiEncoder(modelDirectory('bi-encoder')),
  ]);
  const close = () => Promise.all([nano.close(), small.close(), embedder.close()]);
  return { nano, small, embedder, close };
}

export interface Started {
  readonly server: RerankServer;
  readonly url: string;
  /** Lines of the log, parsed. */
  readonly log: readonly Record<string, unknown>[];
  readonly logText: () => string;
  post(path: string, body: unknown, more?: RequestInit): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every form are looked into.
  readonly body: any;
}

export async function startServer(options: ServerOptions): Promise<Started> {
  const lines: string[] = [];
  const server = await rerankServer({
    log: { stream: { write: (line) => void lines.push(line) } },
    ...options,
  });
  const url = await server.listen({ port: 0 });
  const post = (path: string, body: unknown, more: RequestInit = {}) =>
    read(
      fetch(url + path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...more,
        headers: { 'content-type': 'application/json', ...more.headers },
      }),
    );
  return {
    server,
    url,
    get log() {
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    logText: () => lines.join(''),
    post,
    get: (path, headers = {}) => read(fetch(url + path, { headers })),
  };
}

async function read(answer: Promise<Response>): Promise<Answer> {
  const { status, headers, ...rest } = await answer.then(async (response) => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  }));
  const isJson = headers.get('content-type')?.startsWith('application/json');
  return { status, headers, body: isJson ? JSON.parse(rest.text) : rest.text };
}

export const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
export const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

export const query = 'how do ships find the harbor at night';
export const documents = [
  'Knead flour, water and yeast.',
  'A lighthouse shows ships the way into the harbor at night.',
  'Buoys with lamps mark the channel.',
  'A comet orbits the sun.',
];

/** Documents as long as a model reads, which take it a while. */
export const slowDocuments = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => `Log book ${at}: ${'the ship left the harbor and came back '.repeat(70)}`,
  );

/** What the library answers for the same. */
export async function ownOrder(reranker: CrossEncoder, texts: readonly string[] = documents) {
  const scores = await reranker.score({ query, passages: texts });
  return scores
    .map(({ score, rawScore }, index) => ({ index, score, rawScore }))
    .sort((a, b) => b.rawScore - a.rawScore);
}
