import { z } from 'zod';
import { refusals } from './refusal.ts';

/** Refusals of the routes that are secondpass's own. */
export const ownRefusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
export const ownRefusalOf = refusals({}, ({ kind, message }) => ({ error: { code: kind, message } }));
