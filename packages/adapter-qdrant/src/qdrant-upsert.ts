import { RetrievalError } from '@secondpass/core';
import { stringifyJson } from '@secondpass/core/extend';
import { call, type QdrantConnection, read } from './qdrant-call.ts';
import { isTooLarge } from './qdrant-error.ts';

/** A point in the form of `PUT /collections/{name}/points`. */
export type NewPoint = Readonly<Record<string, unknown>> & { readonly id: unknown };

/** The part of a request that says which shards it is for; empty for all of them. */
export interface ShardSelector {
  readonly shard_key?: string | number | { readonly target: string; readonly fallback: string };
}

/** Points of the same shards. */
export interface PointGroup {
  readonly shards: ShardSelector;
  readonly points: readonly NewPoint[];
}

/** Bytes of one request: a quarter of the default `service.max_request_size_mb`. */
const largestRequest = 8_000_000;

/**
 * Stores all of the points or, when it rejects, none.
 *
 * Points that fit into one request are one operation of Qdrant. Others are sent in parts; when a part fails, the
 * earlier parts are undone: deleted, or replaced by the previous points. A request is never aborted once it has been
 * sent.
 *
 * @param target its name in Qdrant, and what every write says in addition
 * @throws RetrievalError `invalid-document` for a point that is too large for a request of its own; otherwise as
 * {@link call}
 */
export async function upsertPoints(
  connection: QdrantConnection,
  target: Readonly<Record<string, unknown>> & { readonly collection_name: string },
  groups: readonly PointGroup[],
): Promise<void> {
  const waiting = groups.flatMap(inParts);
  const previous: { readonly sent: PointGroup; readonly before: readonly NewPoint[] }[] = [];
  while (waiting.length > 0) {
    const part = waiting.shift()!;
    try {
      // Qdrant itself stores a single part completely or not at all.
      const alone = waiting.length === 0 && previous.length === 0;
      if (!alone) previous.push({ sent: part, before: await stored(part) });
      await upsert(part);
    } catch (error) {
      const { shards, points } = part;
      if (isTooLarge(error) && points.length > 1) {
        // The server's limit is below the default. Nothing of this part was stored.
        if (previous.at(-1)?.sent === part) previous.pop();
        const middle = Math.ceil(points.length / 2);
        waiting.unshift(
          { shards, points: points.slice(0, middle) },
          { shards, points: points.slice(middle) },
        );
        continue;
      }
      const told = isTooLarge(error) ? tooLarge(error, points[0]!) : error;
      await takeBack().catch(() => {
        throw partly(told);
      });
      throw told;
    }
  }

  async function upsert({ shards, points }: PointGroup): Promise<void> {
    const request = { ...target, ...shards, wait: true, points };
    await call(connection, (api, init) => api.upsertPoints(request, init));
  }

  async function stored({ shards, points }: PointGroup): Promise<readonly NewPoint[]> {
    const { collection_name } = target;
    const ids = points.map(({ id }) => id);
    const request = { collection_name, ...shards, ids, with_payload: true, with_vector: true };
    return read<readonly NewPoint[]>(connection, (api, init) => api.getPoints(request, init));
  }

  async function takeBack(): Promise<void> {
    for (const { sent, before } of previous.toReversed()) {
      const kept = new Set(before.map(({ id }) => id));
      const { shards } = sent;
      const added = sent.points.map(({ id }) => id).filter((id) => !kept.has(id));
      if (added.length > 0) {
        const request = { ...target, ...shards, wait: true, points: added };
        await call(connection, (api, init) => api.deletePoints(request, init));
      }
      const points = before.map(({ id, vector, payload }) => ({ id, vector, payload }));
      for (const part of inParts({ shards, points })) await upsert(part);
    }
  }

  function tooLarge(cause: unknown, { id, payload }: NewPoint): RetrievalError {
    const { id: own } = ((payload as Record<string, unknown> | undefined)?.['secondpass'] ??
      payload ??
      {}) as {
      readonly id?: unknown;
    };
    return new RetrievalError({
      code: 'invalid-document',
      origin: connection.name,
      problem: `The document ${JSON.stringify(own ?? id).slice(0, 100)} is larger than a request to this Qdrant may be.`,
      nextStep: 'Shorten its text or payload, or raise service.max_request_size_mb.',
      cause,
    });
  }

  function partly(error: unknown): unknown {
    if (!RetrievalError.is(error)) return error;
    const { code, origin, problem, cause } = error;
    const nextStep = `${error.nextStep} Some of the documents may be stored, each completely: write all of them again.`;
    return new RetrievalError({ code, origin, problem, nextStep, cause });
  }
}

function inParts({ shards, points }: PointGroup): PointGroup[] {
  const parts: NewPoint[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const point of points) {
    const length = bytesOf(point);
    if (bytes + length > largestRequest) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(point);
    bytes += length;
  }
  return parts.map((points) => ({ shards, points }));
}

function bytesOf(point: NewPoint): number {
  return Buffer.byteLength(stringifyJson(point));
}
