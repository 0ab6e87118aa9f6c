import type { ElasticEngine } from './elastic-engine.ts';
import { isRejection } from './elastic-error.ts';
import { waitBeforeRetry } from './wait-before-retry.ts';

/** One line or two of a bulk request. */
export interface BulkItem {
  readonly id: string;
  readonly action: 'index' | 'delete';
  /** The document as JSON; absent for a deletion. */
  readonly json?: string;
  /** The version that must be the latest, taken from an earlier outcome. */
  readonly onlyIf?: Pick<BulkOutcome, 'seqNo' | 'primaryTerm'>;
}

/** The outcome of one item. */
export interface BulkOutcome {
  readonly id: string;
  /** HTTP status: below 300 done, 404 not found, 409 `onlyIf` did not match, 429 the server was too busy. */
  readonly status: number;
  readonly seqNo?: number | undefined;
  readonly primaryTerm?: number | undefined;
  readonly error?:
    | { readonly type?: string; readonly reason?: string; readonly caused_by?: { readonly reason?: string } }
    | undefined;
}

export interface BulkRequest {
  readonly engine: ElasticEngine;
  readonly index: string;
  readonly items: readonly BulkItem[];
  /** How often items that were refused with 429 are sent again, at intervals that start at 100 ms and double. */
  readonly retries: number;
  /** Ends the waiting between two tries. */
  readonly signal?: AbortSignal | undefined;
}

/** Largest request in bytes, far below common values of `http.max_content_length`. */
const largestRequest = 8_000_000;

/**
 * Sends items in requests of bounded size and gives the outcome of each, in order.
 * Elasticsearch handles each item separately: some may succeed and others fail.
 *
 * @throws the client's error when a request was not answered; the outcome of its items is then unknown
 */
export async function sendBulk({
  engine,
  index,
  items,
  retries,
  signal,
}: BulkRequest): Promise<readonly BulkOutcome[]> {
  const outcomes = new Map<string, BulkOutcome>();
  for (const part of inParts(items)) {
    let waiting = part;
    for (let attempt = 0; waiting.length > 0; attempt += 1) {
      if (attempt > 0) await waitBeforeRetry(attempt, signal);
      const round = await sendOnce(waiting);
      for (const outcome of round) outcomes.set(outcome.id, outcome);
      waiting = attempt >= retries ? [] : waiting.filter(({ id }) => outcomes.get(id)?.status === 429);
    }
  }
  return items.map(({ id }) => outcomes.get(id)!);

  async function sendOnce(part: readonly BulkItem[]): Promise<readonly BulkOutcome[]> {
    try {
      const answer = await engine.bulk({ index, operations: part.flatMap(linesOf) });
      return (answer as { items: readonly Record<string, BulkAnswer>[] }).items.map((item, position) =>
        outcomeOf(part[position]!.id, Object.values(item)[0]!),
      );
    } catch (error) {
      // The whole request was rejected, and no item was done.
      if (!isRejection(error)) throw error;
      return part.map(({ id }) => ({
        id,
        status: 429,
        error: { reason: error instanceof Error ? error.message : String(error) },
      }));
    }
  }
}

interface BulkAnswer {
  readonly status: number;
  readonly _seq_no?: number;
  readonly _primary_term?: number;
  readonly error?: BulkOutcome['error'];
}

function outcomeOf(id: string, { status, _seq_no, _primary_term, error }: BulkAnswer): BulkOutcome {
  return { id, status, seqNo: _seq_no, primaryTerm: _primary_term, error };
}

function linesOf({ id, action, json, onlyIf }: BulkItem): string[] {
  const condition = onlyIf && { if_seq_no: onlyIf.seqNo, if_primary_term: onlyIf.primaryTerm };
  const head = JSON.stringify({ [action]: { _id: id, ...condition } });
  return json === undefined ? [head] : [head, json];
}

function inParts(items: readonly BulkItem[]): readonly BulkItem[][] {
  const parts: BulkItem[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const length = Buffer.byteLength(item.json ?? '') + 600;
    if (bytes + length > largestRequest) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(item);
    bytes += length;
  }
  return parts;
}
