import { z } from 'zod';
import type { FailureKind } from '../failure.ts';
import { refusals } from './refusal.ts';

const typeOf: Partial<Record<FailureKind, string>> = {
  unauthorized: 'authentication_error',
  forbidden: 'permission_error',
  overloaded: 'rate_limit_error',
  timeout: 'server_error',
  unavailable: 'server_error',
  behind: 'server_error',
  internal: 'server_error',
};

/** Refusals in the form of OpenAI's API, which Infinity and vLLM have too. */
export const openAiRefusal = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
  }),
});
export const openAiRefusalOf = refusals({}, ({ kind, message }) => ({
  error: { message, type: typeOf[kind] ?? 'invalid_request_error', param: null, code: kind },
}));
