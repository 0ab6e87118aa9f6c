import { z } from 'zod';

/**
 * The schema of a `Fusion`, for the options that include one.
 *
 * @example
 * import { checkOptions, fusionSchema } from '@secondpass/core/extend';
 * const schema = fusionSchema(2); // of two sources
 * checkOptions(schema, { method: 'rrf', weights: [1, 2] }, { origin: 'my-source' }); // → { method: 'rrf', weights: [ 1, 2 ] }
 */
export const fusionSchema = (count: number) => {
  const known = schemas.get(count) ?? schemaFor(count);
  schemas.set(count, known);
  return known;
};

/** Fusing is part of each search, and making a schema takes longer than using it. */
const schemas = new Map<number, ReturnType<typeof schemaFor>>();

function schemaFor(count: number) {
  const weights = z
    .custom<readonly number[]>(
      (value) => Array.isArray(value) && value.length === count && value.every(isFromZero),
      `${count} numbers from 0, one per source`,
    )
    .optional();
  const k = z
    .custom<number>((value) => isFromZero(value) && value > 0, 'a number above 0; the paper has 60')
    .optional();
  return z.discriminatedUnion(
    'method',
    [
      z.strictObject({ method: z.literal('rrf'), k, weights }),
      z.strictObject({ method: z.literal('weighted'), weights }),
    ],
    { error: 'one of rrf, weighted' },
  );
}

function isFromZero(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}
