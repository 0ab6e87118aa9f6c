import { fileURLToPath } from 'node:url';
import type { NotRun } from '../engines.ts';
import { type StartedInferenceServer, startInferenceServer } from './inference-server.ts';

type Starting = Promise<StartedInferenceServer | NotRun>;

/** The model that each of them serves, by the name `small`: the bundled cross-encoder. */
export const servedModel = fileURLToPath(new URL('../../packages/models/models/small', import.meta.url));

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Infinity with PyTorch: `/rerank`. */
export function startInfinity(): Starting {
  return startInferenceServer({
    name: 'infinity',
    readyPath: '/health',
    at: ({ port, work }) => ({
      prepare: [here('infinity/make_reranker.py'), `${work}/small`],
      command: [
        ...(['infinity_emb', 'v2', '--model-id', `${work}/small`, '--served-model-name', 'small'] as const),
        ...['--engine', 'torch', '--device', 'cpu', '--batch-size', '32', '--no-model-warmup'],
        ...['--host', '127.0.0.1', '--port', `${port}`],
      ],
    }),
  });
}

/** Triton: KServe's protocol with JSON and binary tensors; batches of 16 at most. */
export function startTriton(): Starting {
  return startInferenceServer({
    name: 'triton',
    readyPath: '/v2/models/small/ready',
    at: ({ port, otherPorts: [grpcPort] }) => ({
      command: ['python', here('triton/serve.py'), `${port}`, `${grpcPort}`],
    }),
  });
}

/** MLServer: KServe's protocol with JSON tensors. */
export function startMlServer(): Starting {
  return startInferenceServer({
    name: 'mlserver',
    readyPath: '/v2/models/small/ready',
    at: ({ port, otherPorts: [grpcPort, metricsPort] }) => ({
      command: ['mlserver', 'start', here('mlserver')],
      environment: {
        MLSERVER_HOST: '127.0.0.1',
        MLSERVER_HTTP_PORT: `${port}`,
        MLSERVER_GRPC_PORT: `${grpcPort}`,
        MLSERVER_METRICS_PORT: `${metricsPort}`,
        MLSERVER_PARALLEL_WORKERS: '0',
      },
    }),
  });
}

/** LiteLLM's proxy before an Infinity: `/rerank` and Cohere's `/v2/rerank`. */
export function startLiteLlm(infinityUrl: string, masterKey: string): Starting {
  return startInferenceServer({
    name: 'litellm',
    readyPath: '/health/liveliness',
    at: ({ port }) => ({
      command: [
        'litellm',
        '--config',
        here('litellm/config.yaml'),
        '--host',
        '127.0.0.1',
        '--port',
        `${port}`,
      ],
      environment: {
        INFINITY_URL: infinityUrl,
        LITELLM_MASTER_KEY: masterKey,
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      },
    }),
  });
}

/** LiteLLM's proxy before a `secondpass serve`, which it asks as Infinity, Cohere, Jina and OpenAI. */
export function startLiteLlmBefore(serveUrl: string, serveKey: string, masterKey: string): Starting {
  return startInferenceServer({
    name: 'litellm',
    readyPath: '/health/liveliness',
    at: ({ port }) => ({
      command: [
        'litellm',
        ...['--config', here('litellm/serve.yaml')],
        ...['--host', '127.0.0.1', '--port', `${port}`],
      ],
      environment: {
        SERVE_URL: serveUrl,
        SERVE_URL_V1: `${serveUrl}/v1`,
        SERVE_URL_V1_RERANK: `${serveUrl}/v1/rerank`,
        SERVE_KEY: serveKey,
        LITELLM_MASTER_KEY: masterKey,
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      },
    }),
  });
}
