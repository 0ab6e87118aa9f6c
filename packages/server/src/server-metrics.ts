import type { FairQueue } from '@secondpass/core/extend';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The metrics at `/metrics`. No label holds a caller's text: labels name only models and routes that are served. */
export class ServerMetrics {
  readonly registry = new Registry();
  readonly requests = new Histogram({
    name: 'secondpass_request_seconds',
    help: 'Time from the request to its answer. Status 499: the caller closed the connection.',
    labelNames: ['route', 'status'],
    buckets: seconds,
    registers: [this.registry],
  });
  readonly queueSeconds = new Histogram({
    name: 'secondpass_queue_seconds',
    help: 'Time that a request waited for its turn.',
    labelNames: ['model'],
    buckets: seconds,
    registers: [this.registry],
  });
  readonly texts = new Counter({
    name: 'secondpass_texts_total',
    help: 'Documents scored, and texts embedded.',
    labelNames: ['model'],
    registers: [this.registry],
  });

  constructor(queue: FairQueue) {
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    gauge('secondpass_queued_requests', 'Requests that wait for their turn.', () => queue.queued);
    gauge(
      'secondpass_queued_characters',
      'Characters of the requests that wait.',
      () => queue.queuedCharacters,
    );
    gauge('secondpass_requests_in_work', 'Requests that a model works on.', () => queue.inWork);
    collectDefaultMetrics({ register: this.registry });
  }
}
