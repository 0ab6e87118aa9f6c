import { MastraError } from '@mastra/core/error';
import { RetrievalError } from '@secondpass/core';

/** Our error as Mastra's, with ours as its cause. Anything else, such as an abort's reason, stays what it is. */
export function mastraError(error: unknown): unknown {
  if (!RetrievalError.is(error)) return error;
  const id = `SECONDPASS_${error.code.replaceAll('-', '_').toUpperCase()}` as Uppercase<string>;
  const category = error.code.startsWith('invalid-') ? 'USER' : 'THIRD_PARTY';
  return new MastraError({ id, domain: 'MASTRA_VECTOR', category, text: error.message }, error);
}
