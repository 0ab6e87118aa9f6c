import { type Candidate, type Document, RetrievalError } from '@secondpass/core';
import { parseJson } from '@secondpass/core/extend';
import type { ElasticFields } from './elastic-options.ts';

/** The part of a hit that is read. */
export interface ElasticHit {
  readonly _id?: unknown;
  readonly _score?: unknown;
  readonly _source?: Readonly<Record<string, unknown>>;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly sort?: unknown;
}

export interface AnswerShape {
  readonly fields: Required<ElasticFields>;
  /** Whether the writer created the index; it keeps the payload as JSON text. */
  readonly ours: boolean;
  /** As the mapping names it; `undefined` for BM25, whose score is returned unchanged. */
  readonly similarity: string | undefined;
}

/** @throws RetrievalError `source-failed` when this is not a search's answer */
export function hitsOf(answer: unknown, origin: string): readonly ElasticHit[] {
  const hits = (answer as { hits?: { hits?: unknown } } | null)?.hits?.hits;
  if (!Array.isArray(hits)) {
    return refuse(origin, 'The answer has no hits.', 'Check that the URL is that of an Elasticsearch.');
  }
  for (const [index, hit] of hits.entries()) {
    if (typeof (hit as ElasticHit | null)?._id === 'string') continue;
    refuse(
      origin,
      `Hit ${index + 1} of the answer has no id.`,
      'Check that the URL is that of an Elasticsearch.',
    );
  }
  return hits;
}

/** @throws RetrievalError `source-failed` unless each hit has a score that is a finite number */
export function checkScores(hits: readonly ElasticHit[], origin: string): void {
  const wrong = hits.findIndex(({ _score }) => typeof _score !== 'number' || !Number.isFinite(_score));
  if (wrong === -1) return;
  refuse(
    origin,
    `Hit ${wrong + 1} of the answer has no score that is a finite number.`,
    'Check that the URL is that of an Elasticsearch, and the proxies in between.',
  );
}

/**
 * Hits → candidates, best first; equal scores are ordered by id.
 *
 * Scores: cosine similarity in [−1, 1]; the inner product; the negated Euclidean distance; BM25.
 */
export function candidatesOf<P extends object>(
  hits: readonly ElasticHit[],
  shape: AnswerShape,
): readonly Candidate<P>[] {
  return hits
    .map((hit) => ({ hit, id: String(hit._id), score: meaning(Number(hit._score), shape.similarity) }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .map(({ hit, score }, index) => {
      const { id, text, ...payload } = documentOf(hit, shape);
      return { id, text, score, rank: index + 1, ...payload } as Candidate<P>;
    });
}

export function documentOf(hit: ElasticHit, shape: AnswerShape): Document {
  const id = String(hit._id);
  return { id, text: textOf(hit, shape), ...payloadOf(hit, shape) };
}

/** Reverses the transformation by which Elasticsearch keeps scores above 0. */
function meaning(score: number, similarity: string | undefined): number {
  switch (similarity) {
    case 'cosine':
    case 'dot_product':
      // The engine rounds, so a vector's cosine with itself may exceed 1.
      return Math.max(-1, Math.min(1, 2 * score - 1));
    case 'max_inner_product':
      return score < 1 ? 1 - 1 / score : score - 1;
    case 'l2_norm':
      return 0 - Math.sqrt(Math.max(0, 1 / score - 1));
    default:
      return score;
  }
}

/** A document without text is still a candidate: the pipeline ranks it below the others and reports it. */
function textOf({ _source }: ElasticHit, { fields }: AnswerShape): string {
  const text = valueAt(_source, fields.text);
  return typeof text === 'string' ? text : '';
}

function payloadOf({ _source }: ElasticHit, { fields, ours }: AnswerShape): Pick<Candidate, 'payload'> {
  if (fields.payload === null) {
    const payload = without(_source ?? {}, fields.text);
    return Object.keys(payload).length === 0 ? {} : { payload };
  }
  const stored = valueAt(_source, fields.payload);
  const value: unknown = ours && typeof stored === 'string' ? parseJson(stored) : stored;
  // A document of another program may hold any value there; a payload must be an object.
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { payload: value as Record<string, unknown> } : {};
}

/** A document may write `{"a": {"b": 1}}` or `{"a.b": 1}`; to Elasticsearch they are the same. */
export function valueAt(source: unknown, path: string): unknown {
  if (typeof source !== 'object' || source === null) return undefined;
  if (Object.hasOwn(source, path)) return (source as Record<string, unknown>)[path];
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const found = valueAt((source as Record<string, unknown>)[path.slice(0, dot)], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The document without the field; an object that becomes empty is left out. */
function without(source: Readonly<Record<string, unknown>>, path: string): Readonly<Record<string, unknown>> {
  const { [path]: _, ...others } = source;
  const rest: Record<string, unknown> = others;
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    const inner = rest[key];
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    const left = without(inner as Record<string, unknown>, path.slice(dot + 1));
    if (Object.keys(left).length > 0) rest[key] = left;
    else delete rest[key];
  }
  return rest;
}

function refuse(origin: string, problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'source-failed', origin, problem, nextStep });
}
