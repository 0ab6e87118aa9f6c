import { QdrantClient } from '@qdrant/js-client-rest';
import { parseJson, stringifyJson } from '@secondpass/core/extend';
import { listen } from './http-server.ts';

export interface DoublePoint {
  readonly id: string;
  readonly vector: unknown;
  readonly payload: Record<string, unknown>;
  /** In a collection that is sharded by key. */
  readonly shard_key?: string;
}

type Body = Readonly<Record<string, unknown>>;
type Answer = readonly [status: number, result: unknown];

export interface DoubleSettings {
  /** As `service.max_request_size_mb` of Qdrant. @default 32 */
  readonly maxRequestMb?: number;
  /** As `strict_mode_config` of the collection; it may change between two requests. */
  readonly strictMode?: () => Body;
  /** Looks at a request before it is answered, and may answer it. */
  readonly before?: (method: string, path: string, body: Body) => Answer | undefined;
  /** How many points a search by the index finds. @default all */
  readonly found?: number;
}

/**
 * A double of the calls that are made, over HTTP, of one collection `double`: no Qdrant server was at hand for these
 * tests. Statuses, limits and messages are those of Qdrant 1.19.0's source (`src/actix/mod.rs`,
 * `lib/collection/src/operations/verification/mod.rs`); searching is done plainly.
 */
export async function doubleOfQdrant(settings: DoubleSettings = {}) {
  const { maxRequestMb = 32, before, found = Infinity } = settings;
  const strictMode: () => Body = settings.strictMode ?? (() => ({ enabled: false }));
  const points = new Map<string, DoublePoint>();
  const requests: {
    method: string;
    path: string;
    bytes: number;
    body: Body;
    asked: Body;
    encoding: unknown;
  }[] = [];
  let created: Body | undefined;
  const shardKeys = new Set<string>();

  const server = await listen(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts);
    const { pathname: path, searchParams } = new URL(request.url!, 'http://double');
    const body = (text.length === 0 ? {} : parseJson(text.toString())) as Body;
    const given = { ...body, ...Object.fromEntries(searchParams) };
    const encoding = request.headers['accept-encoding'];
    const asked = Object.fromEntries(searchParams);
    requests.push({ method: request.method!, path, bytes: text.length, body, asked, encoding });
    const limit = maxRequestMb * 1024 * 1024;
    const [status, result] =
      text.length > limit
        ? [400, `JSON payload (${text.length} bytes) is larger than allowed (limit: ${limit} bytes).`]
        : (before?.(request.method!, path, given) ?? answer(request.method!, path, given));
    response.writeHead(status, { 'content-type': 'application/json' });
    const told = status === 200 ? { result, status: 'ok' } : { status: { error: result } };
    response.end(stringifyJson({ ...told, time: 0 }));
  });

  const client = new QdrantClient({
    url: server.url,
    checkCompatibility: false,
    timeout: Number.POSITIVE_INFINITY,
  });
  return { server, client, collection: 'double', points, requests, created: () => created };

  function answer(method: string, path: string, body: Body): Answer {
    if (method === 'PUT' && path === '/collections/double') {
      if (created) return [409, 'Wrong input: Collection `double` already exists!'];
      created = body;
      return [200, true];
    }
    if (!created) return [404, "Not found: Collection `double` doesn't exist!"];
    if (method === 'PATCH') {
      created = { ...created, metadata: { ...(created['metadata'] as Body), ...(body['metadata'] as Body) } };
      return [200, true];
    }
    if (path.endsWith('/shards')) {
      if (created['sharding_method'] !== 'custom') return [400, 'Bad request: Sharding is not custom.'];
      if (method === 'GET') return [200, { shard_keys: [...shardKeys].map((key) => ({ key })) }];
      shardKeys.add(String(body['shard_key']));
      return [200, true];
    }
    if (method === 'GET') {
      const { vectors, sparse_vectors, metadata, quantization_config } = created;
      const params = { vectors, sparse_vectors, sharding_method: created['sharding_method'] };
      const config = { params, metadata, quantization_config, strict_mode_config: strictMode() };
      return [200, { status: 'green', config }];
    }
    if (method === 'PUT' && path.endsWith('/index')) return [200, { status: 'completed' }];
    const shard = shardOf(body['shard_key']);
    if (shard !== undefined && !shardKeys.has(shard))
      return [400, `Bad request: Shard key ${shard} not found`];
    const isWrite = method === 'PUT' || path.endsWith('/delete');
    if (isWrite && shard === undefined && created['sharding_method'] === 'custom')
      return [400, 'Wrong input: Shard key not specified'];
    if (method === 'PUT') {
      for (const point of body['points'] as DoublePoint[]) {
        const stored = shard === undefined ? point : { ...point, shard_key: shard };
        points.set(placeOf(point.id, shard), stored);
      }
      return [200, { status: 'completed' }];
    }
    if (path.endsWith('/delete')) {
      for (const id of body['points'] as string[]) points.delete(placeOf(id, shard));
      return [200, { status: 'completed' }];
    }
    if (path.endsWith('/count')) return [200, { count: points.size }];
    if (path.endsWith('/query')) return search(body);
    if (path.endsWith('/scroll')) return [200, { points: here(idsIn(body) ?? [], shard) }];
    const wanted = here(body['ids'] as string[], shard);
    const shown = ({ id, payload, shard_key }: DoublePoint) => ({ id, payload, shard_key });
    return [200, body['with_vector'] ? wanted : wanted.map(shown)];
  }

  function search(body: Body): Answer {
    const { exact = false, quantization } = (body['params'] ?? {}) as {
      readonly exact?: boolean;
      readonly quantization?: { readonly rescore?: boolean; readonly oversampling?: number };
    };
    const { enabled, search_allow_exact, max_timeout, search_max_oversampling } = strictMode();
    const { rescore = false, oversampling = 1 } = quantization ?? {};
    if (enabled && oversampling > Number(search_max_oversampling ?? Infinity)) {
      return [
        400,
        `Bad request: Limit exceeded ${oversampling} > ${search_max_oversampling} for "oversampling". Help: Reduce the "oversampling" parameter to or below ${search_max_oversampling}.`,
      ];
    }
    const timeout = Number(body['timeout'] ?? 0);
    if (enabled && search_allow_exact === false && exact)
      return [400, 'Bad request: Exact search disabled!. Help: Set exact=false.'];
    if (enabled && timeout > Number(max_timeout ?? Infinity)) {
      return [
        400,
        `Bad request: Limit exceeded ${timeout} > ${max_timeout} for "timeout". Help: Reduce the "timeout" parameter to or below ${max_timeout}.`,
      ];
    }
    const query = body['query'] as number[] | number[][];
    const ids = idsIn(body);
    const shard = shardOf(body['shard_key']);
    const inShard = (point: DoublePoint) => shard === undefined || point.shard_key === shard;
    const limit = body['limit'] as number;
    const keeps = exact ? undefined : Object.keys((created?.['quantization_config'] ?? {}) as Body)[0];
    const scoredBy = (read: (vector: unknown) => unknown) => (point: DoublePoint) => ({
      ...point,
      score: scoreOf(query, read(point.vector)),
    });
    const best = (scored: { score: number }[], many: number) =>
      scored.sort((a, b) => b.score - a.score).slice(0, many);
    let scored = (ids ? here(ids, shard) : [...points.values()].filter(inShard)).map(
      scoredBy((vector) => smaller(vector, keeps)),
    );
    if (keeps && rescore)
      scored = (best(scored, Math.ceil(limit * oversampling)) as typeof scored).map(
        scoredBy((vector) => vector),
      );
    const many = Math.min(limit, exact ? Number.POSITIVE_INFINITY : found);
    const answered = best(scored, many) as typeof scored;
    return [200, { points: answered.map(({ id, payload, score }) => ({ id, payload, score })) }];
  }

  function here(ids: readonly string[], shard?: string): DoublePoint[] {
    if (shardKeys.size === 0) return ids.map((id) => points.get(id)).filter((point) => point !== undefined);
    return [...points.values()].filter(
      ({ id, shard_key }) => ids.includes(id) && (shard === undefined || shard_key === shard),
    );
  }

  /** A key, or that of a tenant which may have none of its own; as `route_with_fallback_for_read`. */
  function shardOf(selector: unknown): string | undefined {
    const { target, fallback } = (selector ?? {}) as { readonly target?: string; readonly fallback?: string };
    if (target !== undefined) return shardKeys.has(target) ? target : fallback;
    return selector === undefined ? undefined : String(selector);
  }
}

/** Points of the same id may be in the shards of several keys. */
function placeOf(id: string, shard: string | undefined): string {
  return shard === undefined ? id : `${shard}/${id}`;
}

function idsIn(body: Body): readonly string[] | undefined {
  return ((body['filter'] as { must?: [{ has_id?: string[] }] } | undefined)?.must ?? [])[0]?.has_id;
}

/** What a quantized collection compares with: a byte or a bit for each number. */
function smaller(vector: unknown, keeps: string | undefined): unknown {
  if (keeps === undefined) return vector;
  const numbers = vector as number[];
  const step = Math.max(...numbers.map(Math.abs)) / 127;
  return numbers.map((value) => (keeps === 'binary' ? Math.sign(value) : Math.round(value / step) * step));
}

/** The inner product, or MaxSim where there are several vectors. */
function scoreOf(query: number[] | number[][], vector: unknown): number {
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  if (!Array.isArray(query[0])) return dot(query as number[], vector as number[]);
  const rows = vector as number[][];
  return (query as number[][]).reduce((sum, q) => sum + Math.max(...rows.map((row) => dot(q, row))), 0);
}
