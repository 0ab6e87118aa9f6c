import { type Candidate, type Document, RetrievalError } from '@secondpass/core';
import { compactInteger, parseJson } from '@secondpass/core/extend';
import { reservedField } from './qdrant-names.ts';
import type { QdrantMetric } from './qdrant-options.ts';
import type { QdrantCollection } from './resolve-collection.ts';

export interface StoredPoint {
  readonly id: unknown;
  readonly payload?: unknown;
}

export interface ScoredPoint extends StoredPoint {
  readonly score: number;
}

/**
 * Checks the answer to a search: it may come from a proxy or another server.
 *
 * @throws RetrievalError `source-failed`
 */
export function scoredPoints(points: unknown, origin: string): readonly ScoredPoint[] {
  const refuse = (problem: string): never => {
    throw new RetrievalError({
      code: 'source-failed',
      origin,
      problem,
      nextStep: 'Check that the URL is that of a Qdrant, and the proxies in between.',
    });
  };
  if (!Array.isArray(points)) return refuse('The answer has no points.');
  for (const [index, point] of points.entries()) {
    const { id, score } = record(point);
    if (id === undefined || id === null) refuse(`Point ${index + 1} of the answer has no id.`);
    if (typeof score !== 'number' || !Number.isFinite(score))
      refuse(`Point ${index + 1} of the answer has no score that is a finite number.`);
  }
  return points;
}

/** The kind of Qdrant's score: a metric, or a sum over shared terms. */
export type ScoreKind = QdrantMetric | 'terms';

/**
 * Points → candidates, best first. Equal scores are ordered by id.
 *
 * Scores: cosine similarity in [−1, 1]; the inner product; the negated Euclidean distance, because Qdrant gives the
 * distance itself; the BM25 sum. A point that `qdrantWriter` did not write has its own id, as a string.
 *
 */
export function candidatesOf<P extends object>(
  points: readonly ScoredPoint[],
  kind: ScoreKind,
  collection: QdrantCollection,
): readonly Candidate<P>[] {
  return points
    .map((point) => ({ id: idOf(point), point, score: meaning(point.score, kind) }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .map(
      ({ point, score }, index) =>
        ({ ...documentOf(point, collection), score, rank: index + 1 }) as Candidate<P>,
    );
}

/** The document that a point holds. */
export function documentOf(point: StoredPoint, collection: QdrantCollection): Document {
  const id = idOf(point);
  return { id, text: textOf(point, collection), ...payloadOf(point, collection) };
}

function meaning(score: number, kind: ScoreKind): number {
  if (kind === 'l2') return 0 - score;
  // Qdrant rounds: a vector kept as float16 has a cosine of 1.0005 with itself.
  return kind === 'cosine' ? Math.max(-1, Math.min(1, score)) : score;
}

function idOf({ id, payload }: StoredPoint): string {
  const { id: written } = record(record(payload)[reservedField]);
  return typeof written === 'string' ? written : String(id);
}

/** A point without text is still a candidate: the pipeline ranks it below the others and reports it. */
function textOf({ payload }: StoredPoint, { textField }: QdrantCollection): string {
  const text = record(payload)[textField];
  return typeof text === 'string' ? text : '';
}

function payloadOf(
  { payload }: StoredPoint,
  { textField, payloadField }: QdrantCollection,
): Pick<Document, 'payload'> {
  const { [textField]: _, [reservedField]: ours, ...rest } = record(payload);
  const { json } = record(ours);
  if (typeof json === 'string') return { payload: parseJson(json) as Record<string, unknown> };
  const own = payloadField === null ? rest : rest[payloadField];
  if (own !== record(own) || (payloadField === null && Object.keys(rest).length === 0)) return {};
  return { payload: plain(own) as Record<string, unknown> };
}

/** The client reads every integer beyond 2^53 as a bigint, even one that a number holds exactly, such as 1e20. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return compactInteger(value);
  if (Array.isArray(value)) return value.some(isCompound) ? value.map(plain) : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return entries.some(([, inner]) => isCompound(inner))
    ? Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]))
    : value;
}

function isCompound(value: unknown): boolean {
  return typeof value === 'object' || typeof value === 'bigint';
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
