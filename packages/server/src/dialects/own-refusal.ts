import { z } from 'zod';
import { refusals } from './refusal.ts';

/** Refusals of secondpass's own routes, which follow no other service. */
export const ownRefusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
export const ownRefusalOf = refusals({}, ({ kind, message }) => ({ error: { code: kind, message } }));
