import type { FieldConditions } from './elastic-filter.ts';
import { presenceToken, tokenRange, valueToken } from './elastic-tokens.ts';

/** The field in which the writer stores the words of the payload. */
export const tokenField = 'secondpass.filter';

/** Conditions on an index of our own: exact about types, by code point on strings, one level deep into arrays. */
export const tokenConditions: FieldConditions = {
  anyOf: (field, values) => {
    const tokens = values.map((value) => valueToken(field, value));
    return tokens.length === 1 ? { term: { [tokenField]: tokens[0] } } : { terms: { [tokenField]: tokens } };
  },
  compares: (field, operator, operand) => {
    const token = valueToken(field, operand);
    const { from, to } = tokenRange(field, operand);
    return {
      range: {
        [tokenField]: operator.startsWith('g')
          ? { [operator]: token, lt: to }
          : { gte: from, [operator]: token },
      },
    };
  },
  exists: (field) => ({ term: { [tokenField]: presenceToken(field) } }),
};
