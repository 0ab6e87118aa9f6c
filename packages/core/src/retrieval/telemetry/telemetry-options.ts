import { z } from 'zod';
import { flag, integer } from '../../foundation/check-options.ts';

/** What OpenTelemetry spans of a query hold. */
export interface TelemetryOptions {
  /** Whether spans hold the query's and the passages' texts. @default false */
  readonly texts?: boolean;
  /** How many candidates and hits a span lists, with id and score, from 0 to 1,000. @default 10 */
  readonly documents?: number;
}

/** The schema of {@link TelemetryOptions}, for the options that include them. */
export const telemetrySchema = z.strictObject({
  texts: flag.optional(),
  documents: integer(0, 1_000).optional(),
});
