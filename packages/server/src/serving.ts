import type { Degradation, OnDegraded } from '@secondpass/core';
import { FairQueue, type RequestSize } from '@secondpass/core/extend';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CheckedServerOptions } from './check-server-options.ts';
import { Failure } from './failure.ts';
import { notesOf, writeNotes } from './request-notes.ts';
import { requestTimes } from './request-times.ts';
import { ServerMetrics } from './server-metrics.ts';

/** A request in work. */
export interface Job<T> extends RequestSize {
  /** The name that a model or a pipeline is served by. */
  readonly model: string;
  readonly texts: number;
  readonly run: (during: JobTimes) => Promise<T>;
}

export interface JobTimes {
  readonly signal: AbortSignal;
  /** When to answer with the results so far, on the clock of `performance.now()`. */
  readonly answerAt: number | undefined;
  readonly onDegraded: OnDegraded;
  /** Whose request it is, for rerankers that share their time. */
  readonly caller: string;
  readonly tenant: string | undefined;
}

/** What all routes share: the queue, the time limits, the metrics, and whether new requests are accepted. */
export class Serving {
  readonly options: CheckedServerOptions;
  readonly queue: FairQueue;
  readonly metrics: ServerMetrics;
  /** Aborted when the server stops waiting for answers. */
  readonly closing = new AbortController();
  /** False while the server drains: `/ready` reports it, and load balancers send no more requests. */
  ready = true;

  constructor(options: CheckedServerOptions) {
    this.options = options;
    const { maxCharactersInWork, maxQueued, maxQueuedCharacters } = options.limits;
    this.queue = new FairQueue({
      origin: 'server',
      maxInWork: maxCharactersInWork,
      maxQueued,
      maxQueuedCharacters,
    });
    this.metrics = new ServerMetrics(this.queue);
  }

  /** Runs a job when its turn comes; stops it early if its caller disconnects or its time is over. */
  async run<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    { model, texts, run, ...size }: Job<T>,
  ): Promise<T> {
    const notes = Object.assign(notesOf(request), { model, texts });
    const reasons = new Set<string>();
    const onDegraded = ({ reason }: Degradation): void => void reasons.add(reason);
    const times = requestTimes(request.headers, this.options.limits.timeoutMs, {
      response: reply.raw,
      closing: this.closing.signal,
    });
    try {
      const turn = await this.queue.turn(notes, size, times.waiting);
      notes.queueMs = turn.waitedMs;
      this.metrics.queueSeconds.observe({ model }, turn.waitedMs / 1000);
      const began = performance.now();
      try {
        const { caller, tenant } = notes;
        const { signal, answerAt } = times;
        const answer = await run({ signal, answerAt, onDegraded, caller, tenant });
        this.metrics.texts.inc({ model }, texts);
        return answer;
      } finally {
        turn.end();
        notes.workMs = performance.now() - began;
      }
    } catch (error) {
      // After an abort, report the abort's reason, not the error that the model made of it.
      throw times.signal.aborted ? times.signal.reason : error;
    } finally {
      times.end();
      if (reasons.size > 0) notes.degraded = [...reasons].join(' ');
      writeNotes(reply, notes);
    }
  }
}

/**
 * Finds a served model or pipeline by its name.
 *
 * @param name `undefined` for the first one
 * @throws Failure `unknown-model`, which lists the names that are served
 */
export function served<T>(
  parts: ReadonlyMap<string, T>,
  name: string | undefined,
  what: string,
): readonly [string, T] {
  if (name === undefined) {
    const [first] = parts;
    if (first) return first;
    throw new Failure('unknown-model', `No ${what} is served here.`);
  }
  const part = parts.get(name);
  if (part !== undefined) return [name, part];
  const known =
    parts.size > 0 ? `Served here: ${[...parts.keys()].join(', ')}.` : `No ${what} is served here.`;
  throw new Failure('unknown-model', `There is no such ${what}. ${known}`);
}
