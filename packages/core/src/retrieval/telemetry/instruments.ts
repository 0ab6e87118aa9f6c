import { type Counter, type Histogram, type MeterProvider, metrics } from '@opentelemetry/api';

/** What is counted and timed; the names are in docs/telemetry.md. */
export interface Instruments {
  readonly retrieveDuration: Histogram;
  readonly stageDuration: Histogram;
  readonly scoreCachePairs: Counter;
  readonly degradedAnswers: Counter;
}

/** From a millisecond to a minute, in seconds. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const made = new WeakMap<MeterProvider, Instruments>();

/**
 * The instruments of the provider that is registered now: an application may set up its SDK after this package was
 * loaded.
 */
export function instruments(): Instruments {
  const provider = metrics.getMeterProvider();
  const known = made.get(provider);
  if (known) return known;
  const fresh = makeInstruments(provider);
  made.set(provider, fresh);
  return fresh;
}

function makeInstruments(provider: MeterProvider): Instruments {
  const meter = provider.getMeter('@secondpass/core');
  const histogram = (name: string, description: string, unit: string, buckets: number[]) =>
    meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries: buckets } });
  return {
    retrieveDuration: histogram('secondpass.retrieve.duration', 'Time of a whole answer', 's', seconds),
    stageDuration: histogram('secondpass.stage.duration', 'Time of one stage of an answer', 's', seconds),
    scoreCachePairs: meter.createCounter('secondpass.score_cache.pairs', {
      description: 'Pairs looked up in a score cache',
      unit: '{pair}',
    }),
    degradedAnswers: meter.createCounter('secondpass.answers.degraded', {
      description: 'Answers that were less than the full one',
      unit: '{answer}',
    }),
  };
}
