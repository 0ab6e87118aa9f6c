import { type Candidate, type Document, RetrievalError } from '@secondpass/core';
import { parseJson } from '@secondpass/core/extend';
import type { PgvectorMetric } from './pgvector-options.ts';

/** A row of the search statement; every column is text. */
export type SearchRow = Readonly<Record<string, unknown>>;

/**
 * Rows of a search by vector → candidates, best first.
 *
 * Scores: cosine similarity in [−1, 1]; the inner product; the negated Euclidean distance.
 *
 * @throws RetrievalError as {@link rankedCandidates}
 */
export function candidatesOf(
  rows: readonly SearchRow[],
  metric: PgvectorMetric,
  origin: string,
): readonly Candidate[] {
  // The engine rounds, so a vector's cosine with itself may exceed 1.
  const cosineOf = (distance: number) => Math.max(-1, Math.min(1, 1 - distance));
  return rankedCandidates(
    rows,
    (row) => (metric === 'cosine' ? cosineOf(distanceOf(row)) : 0 - distanceOf(row)),
    origin,
  );
}

/**
 * Rows → candidates, best first. Equal scores are ordered by id, so that an answer does not depend on the plan.
 *
 * @throws RetrievalError `source-failed` when a row has no id, or repeats an id
 */
export function rankedCandidates(
  rows: readonly SearchRow[],
  scoreOf: (row: SearchRow) => number,
  origin: string,
): readonly Candidate[] {
  refuseRepeatedIds(rows, origin);
  return (
    rows
      .map((row) => ({ id: idOf(row, origin), row, score: scoreOf(row) }))
      // A zero vector has no cosine. The index leaves such rows out, so leave them out of an exact scan too.
      .filter(({ score }) => !Number.isNaN(score))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .map(({ row, score }, index) => {
        const { id, text, payload } = documentOf(row, origin);
        return { id, text, score, rank: index + 1, ...(payload && { payload }) };
      })
  );
}

/** @throws RetrievalError `source-failed` when the row has no id or no text */
export function documentOf(row: SearchRow, origin: string): Document {
  const id = idOf(row, origin);
  return { id, text: textOf(row), ...payloadOf(row) };
}

/** A table of another program may lack a unique constraint, and a view may contain a row twice. */
function refuseRepeatedIds(rows: readonly SearchRow[], origin: string): void {
  const seen = new Set<unknown>();
  for (const { id } of rows) {
    if (seen.has(id)) {
      throw new RetrievalError({
        code: 'source-failed',
        origin,
        problem: `Two rows have the id ${JSON.stringify(id)}.`,
        nextStep: 'Set columns.id to a unique column.',
      });
    }
    seen.add(id);
  }
}

function idOf({ id }: SearchRow, origin: string): string {
  if (typeof id === 'string' && id !== '') return id;
  throw new RetrievalError({
    code: 'source-failed',
    origin,
    problem: 'A row has no id.',
    nextStep: 'Set columns.id to a column that is filled in every row.',
  });
}

/** A row without text is still a candidate: the pipeline ranks it below the others and reports it. */
function textOf({ text }: SearchRow): string {
  return typeof text === 'string' ? text : '';
}

/** NULL, which an exact scan may give for a missing vector, means not comparable. */
function distanceOf({ distance }: SearchRow): number {
  return distance === null || distance === undefined ? Number.NaN : Number(distance);
}

function payloadOf({ payload }: SearchRow): Pick<Candidate, 'payload'> {
  if (typeof payload !== 'string') return {};
  const value = parseJson(payload);
  // A table of another program may hold any JSON in the column; a payload must be an object.
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { payload: value as Record<string, unknown> } : {};
}
