import { type Histogram, type MeterProvider, metrics, type UpDownCounter } from '@opentelemetry/api';

/** What is measured of batches; the names are in docs/telemetry.md. */
export interface BatchInstruments {
  readonly queueDuration: Histogram;
  readonly batchFill: Histogram;
  readonly batchPadding: Histogram;
  readonly liveWorkers: UpDownCounter;
}

/** From a millisecond to a minute, in seconds. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const shares = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

const made = new WeakMap<MeterProvider, BatchInstruments>();

/**
 * The instruments of the provider that is registered now: an application may set up its SDK after this package was
 * loaded.
 */
export function batchInstruments(): BatchInstruments {
  const provider = metrics.getMeterProvider();
  const known = made.get(provider);
  if (known) return known;
  const fresh = makeInstruments(provider);
  made.set(provider, fresh);
  return fresh;
}

function makeInstruments(provider: MeterProvider): BatchInstruments {
  const meter = provider.getMeter('@secondpass/runtime-onnx');
  const histogram = (name: string, description: string, unit: string, buckets: number[]) =>
    meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries: buckets } });
  return {
    queueDuration: histogram(
      'secondpass.queue.duration',
      'Time that a request waited for a model before its first batch ran',
      's',
      seconds,
    ),
    batchFill: histogram(
      'secondpass.batch.fill',
      'Padded tokens of a batch as a share of the budget',
      '1',
      shares,
    ),
    batchPadding: histogram('secondpass.batch.padding', 'Share of a batch that is padding', '1', shares),
    liveWorkers: meter.createUpDownCounter('secondpass.workers.live', {
      description: 'Threads that hold a model and are ready',
      unit: '{thread}',
    }),
  };
}
