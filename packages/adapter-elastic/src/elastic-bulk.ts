import { setTimeout as sleep } from 'node:timers/promises';
import type { ElasticEngine } from './elastic-engine.ts';
import { isRejection } from './elastic-error.ts';

/** One line or two of a bulk request. */
export interface BulkItem {
  readonly id: string;
  readonly action: 'index' | 'delete';
  /** The document as JSON; absent for a deletion. */
  readonly json?: string;
  /** The version that must be the latest, as an earlier outcome tells it. */
  readonly onlyIf?: Pick<BulkOutcome, 'seqNo' | 'primaryTerm'>;
}

/** What became of one item. */
export interface BulkOutcome {
  readonly id: string;
  /** Of HTTP: below 300 it was done, 404 it was not there, 409 `onlyIf` did not hold, 429 the server was too busy. */
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
  /** How often items that are refused with 429 are sent again, from 100 ms on at doubling intervals. */
  readonly retries: number;
  /** Ends the waiting between two tries. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of one request: half of them fill a common `http.max_content_length` by far not. */
const largestRequest = 8_000_000;

/**
 * Sends items in requests of bounded size and gives the outcome of each, in order.
 * Elasticsearch takes each item by itself: some may be done and others not.
 *
 * @throws the client's error when a request was not answered; what became of its items is then not known
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
      if (attempt > 0)
        await sleep(
          100 * 2 ** (attempt - 1) * (0.75 + Math.random() / 2),
          undefined,
          signal ? { signal } : {},
        );
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
      // The whole request was turned away at the door, and nothing of it was done.
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
