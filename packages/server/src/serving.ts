import type { Degradation, OnDegraded } from '@secondpass/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerQueue, type RequestSize } from './caller-queue.ts';
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
  /** When to answer with what is there, on the clock of `performance.now()`. */
  readonly answerAt: number | undefined;
  readonly onDegraded: OnDegraded;
}

/** What all routes share: whose turn it is, how long a request may take, what is counted, and whether new ones are taken. */
export class Serving {
  readonly options: CheckedServerOptions;
  readonly queue: CallerQueue;
  readonly metrics: ServerMetrics;
  /** Aborted when answers are no longer waited for. */
  readonly closing = new AbortController();
  /** False once the server drains: `/ready` says so, and a balancer sends no more. */
  ready = true;

  constructor(options: CheckedServerOptions) {
    this.options = options;
    const { maxCharactersInWork, maxQueued, maxQueuedCharacters } = options.limits;
    this.queue = new CallerQueue({
      maxInWork: maxCharactersInWork,
      maxQueued,
      maxQueuedCharacters,
    });
    this.metrics = new ServerMetrics(this.queue);
  }

  /** Runs a job at its turn; ends it early when its caller goes away or its time is over. */
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
      const turn = await this.queue.turn(notes.caller, size, times.waiting);
      notes.queueMs = turn.waitedMs;
      this.metrics.queueSeconds.observe({ model }, turn.waitedMs / 1000);
      const began = performance.now();
      try {
        const answer = await run({ signal: times.signal, answerAt: times.answerAt, onDegraded });
        this.metrics.texts.inc({ model }, texts);
        return answer;
      } finally {
        turn.end();
        notes.workMs = performance.now() - began;
      }
    } catch (error) {
      // Who stopped it counts, not how the model put it.
      throw times.signal.aborted ? times.signal.reason : error;
    } finally {
      times.end();
      if (reasons.size > 0) notes.degraded = [...reasons].join(' ');
      writeNotes(reply, notes);
    }
  }
}

/**
 * What a request asks for by name.
 *
 * @param name `undefined` for the first
 * @throws Failure `unknown-model`, naming those that there are
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
