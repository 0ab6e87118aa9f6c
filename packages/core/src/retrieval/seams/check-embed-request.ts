import { z } from 'zod';
import { abortSignal, checkOptions, oneOf } from '../../foundation/check-options.ts';
import { checkPassages } from '../../foundation/check-text.ts';

const signal = abortSignal.optional();
const embedSchema = z.strictObject({ texts: z.unknown(), kind: oneOf(['query', 'passage']), signal });
const encodeSchema = z.strictObject({
  passages: z.unknown(),
  precision: oneOf(['float32', 'int8']).optional(),
  signal,
});

/**
 * Checks what every embedder is asked.
 *
 * @throws RetrievalError `invalid-passage` or `invalid-options`
 *
 * @example
 * import { checkEmbedRequest } from '@secondpass/core/extend';
 * checkEmbedRequest({ texts: ['Yeast makes dough rise.'], kind: 'passage' }, 'my-embedder');
 */
export function checkEmbedRequest(request: unknown, origin: string): void {
  checkPassages((request as { readonly texts?: unknown } | null | undefined)?.texts, origin);
  checkOptions(embedSchema, request, { origin });
}

/**
 * Checks what every encoder of passages is asked.
 *
 * @throws RetrievalError `invalid-passage` or `invalid-options`
 *
 * @example
 * import { checkEncodeRequest } from '@secondpass/core/extend';
 * checkEncodeRequest({ passages: ['Yeast makes dough rise.'] }, 'my-encoder');
 */
export function checkEncodeRequest(request: unknown, origin: string): void {
  checkPassages((request as { readonly passages?: unknown } | null | undefined)?.passages, origin);
  checkOptions(encodeSchema, request, { origin });
}
