import { describeAsJson, describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/** What OpenTelemetry spans of a query hold. */
export interface TelemetryOptions {
  /** Whether spans hold the query's and the passages' texts. @default false */
  readonly texts?: boolean;
  /** How many candidates and hits a span lists, with id and score, from 0 to 1,000. @default 10 */
  readonly documents?: number;
}

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkTelemetryOptions(options: TelemetryOptions, origin: string): void {
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  };
  if (typeof options !== 'object' || options === null) {
    refuse(`telemetry is ${describeAsJson(options)}.`, 'Use { texts, documents }, or leave it out.');
  }
  const { texts = false, documents = 10 } = options;
  if (typeof texts !== 'boolean') {
    refuse(`telemetry.texts is ${describeAsJson(texts)}.`, 'Use true or false.');
  }
  if (!Number.isInteger(documents) || documents < 0 || documents > 1_000) {
    refuse(`telemetry.documents is ${describeValue(documents)}.`, 'Use an integer from 0 to 1,000.');
  }
}
