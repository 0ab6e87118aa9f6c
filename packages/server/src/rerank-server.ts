import swagger from '@fastify/swagger';
import { jsonSchemaTransform } from '@fastify/type-provider-zod';
import { RetrievalError } from '@secondpass/core';
import { checkOptions, integer, optionsOf, parseJson, stringifyJson, text } from '@secondpass/core/extend';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { checkAccess } from './access.ts';
import { answerFailures } from './answer-failures.ts';
import { checkServerOptions } from './check-server-options.ts';
import { Failure } from './failure.ts';
import { isLoopback } from './loopback.ts';
import { logSettings, recordRequests } from './request-log.ts';
import { embeddingRoutes } from './routes/embedding-routes.ts';
import { rerankRoutes } from './routes/rerank-routes.ts';
import { searchRoute } from './routes/search-route.ts';
import { statusRoutes } from './routes/status-routes.ts';
import './routes/route-config.ts';
import type { ServerOptions } from './server-options.ts';
import { Serving } from './serving.ts';

/** Time for callers to read a refusal when the server stops, in seconds. */
const secondsToRead = 1;

/** Where a {@link RerankServer} listens. */
export interface ListenOptions {
  /** Address to listen on; any address beyond loopback needs keys. @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes any free port. @default 8080 */
  readonly port?: number;
}

const listenSchema = optionsOf({ host: text.optional(), port: integer(0, 65_535).optional() });

/**
 * Rerankers, embedders and pipelines behind HTTP. Made by {@link rerankServer}.
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * import { type RerankServer, rerankServer } from '@secondpass/server';
 * await using small = await loadCrossEncoder(modelDirectory('small'));
 * const server: RerankServer = await rerankServer({ rerankers: { small } });
 * const address = await server.listen({ port: 0 }); // any free port of this machine
 * (await fetch(`${address}/ready`)).status; // → 200
 * await server.drain();
 */
export class RerankServer {
  /** Fastify's own instance, to add routes before it listens. */
  readonly app: FastifyInstance;
  readonly #serving: Serving;
  readonly #hasKeys: boolean;

  constructor(app: FastifyInstance, serving: Serving) {
    this.app = app;
    this.#serving = serving;
    this.#hasKeys = serving.options.keys.length > 0;
  }

  /**
   * @returns the address, such as `http://127.0.0.1:8080`
   * @throws RetrievalError `invalid-options` for an address beyond loopback without keys, or one that cannot be
   * listened on
   */
  async listen(options: ListenOptions = {}): Promise<string> {
    checkOptions(listenSchema, options, { origin: 'server' });
    const { host = '127.0.0.1', port = 8080 } = options;
    if (!this.#hasKeys && !isLoopback(host)) {
      throw new RetrievalError({
        code: 'invalid-options',
        origin: 'server',
        problem: `Other machines can reach ${host}, and no keys are given.`,
        nextStep: 'Give keys, or listen on 127.0.0.1.',
      });
    }
    return this.app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
      throw new RetrievalError({
        code: 'invalid-options',
        origin: 'server',
        problem: `It cannot listen on ${host}:${port}: ${error.code ?? error.message}.`,
        nextStep: 'Choose another port or address, or stop the program that listens there.',
        cause: error,
      });
    });
  }

  /**
   * Stops the server after it has answered the current requests. `/ready` answers 503 immediately. New requests are
   * still accepted for `delayMs`, so that load balancers can see that. Requests that are not answered within
   * `timeoutMs` are refused with 503. The models stay open: they belong to the caller.
   *
   * @param delayMs @default 0
   * @param timeoutMs @default 25000
   */
  async drain({ delayMs = 0, timeoutMs = 25_000 } = {}): Promise<void> {
    this.#serving.ready = false;
    const { closing } = this.#serving;
    const refuse = setTimeout(
      () => closing.abort(new Failure('unavailable', 'The server is shutting down.')),
      delayMs + timeoutMs,
    );
    // Closes connections whose request never completes, or whose caller does not read the answer.
    const cut = setTimeout(
      () => this.app.server.closeAllConnections(),
      delayMs + timeoutMs + secondsToRead * 1000,
    );
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await this.app.close();
    clearTimeout(refuse);
    clearTimeout(cut);
  }
}

/**
 * Makes a server of loaded models. Its routes speak the dialects of Text Embeddings Inference, Infinity, Jina, Cohere,
 * Voyage and OpenAI: a client of these needs only the new address.
 *
 * @throws RetrievalError `invalid-options`, naming the option
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * import { rerankServer } from '@secondpass/server';
 * await using nano = await loadCrossEncoder(modelDirectory('nano'));
 * const server = await rerankServer({ rerankers: { nano } });
 * const address = await server.listen({ port: 0 }); // any free port of this machine
 * const body = JSON.stringify({ model: 'nano', query: 'bread', documents: ['Yeast makes dough rise.'] });
 * const answer = await fetch(`${address}/v1/rerank`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
 * answer.status; // → 200
 * await server.drain();
 */
export async function rerankServer(options: ServerOptions): Promise<RerankServer> {
  const checked = checkServerOptions(options);
  const serving = new Serving(checked);
  const app: FastifyInstance = fastify({
    bodyLimit: checked.limits.maxBodyBytes,
    logger: logSettings(checked.log),
    logController: new LogController({ disableRequestLogging: true }),
    // While the server stops, requests on kept-alive connections are refused with 503.
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    // The log must not repeat a header that the caller sent.
    requestIdHeader: false,
    // For a body that never completes, in milliseconds.
    requestTimeout: 60_000,
  });
  // The dialect validates bodies, and refuses in its own form; its types cover the answers.
  app.setValidatorCompiler(() => (value) => ({ value }));
  app.setSerializerCompiler(() => stringifyJson);
  keepIntegers(app);
  answerFailures(app, serving);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'secondpass', version: checked.version },
      ...(checked.keys.length > 0 && { security: [{ key: [] }] }),
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
  });
  // While the server drains, each answer closes its connection: kept-alive connections would delay the stop.
  app.addHook('onSend', async (_, reply) => {
    if (!serving.ready) reply.header('connection', 'close');
  });
  recordRequests(app, serving.metrics);
  checkAccess(app, checked.keys);
  rerankRoutes(app, serving);
  embeddingRoutes(app, serving);
  searchRoute(app, serving);
  statusRoutes(app, serving);
  return new RerankServer(app, serving);
}

/** Parses integers exactly. Fastify's own parser runs first: it refuses keys that would change prototypes. */
function keepIntegers(app: FastifyInstance): void {
  const readJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    readJson(request, body as string, (error, value) => {
      if (error || typeof value !== 'object') return done(error, value);
      try {
        return done(null, parseJson(body as string));
      } catch (wrong) {
        return done(Object.assign(wrong as Error, { statusCode: 400 }), undefined);
      }
    }),
  );
}
