import { MastraError } from '@mastra/core/error';
import { RetrievalError } from '@secondpass/core';

/** Converts our error to Mastra's, with ours as its cause. Other values, such as an abort's reason, stay unchanged. */
export function mastraError(error: unknown): unknown {
  if (!RetrievalError.is(error)) return error;
  const id = `SECONDPASS_${error.code.replaceAll('-', '_').toUpperCase()}` as Uppercase<string>;
  const category = error.code.startsWith('invalid-') ? 'USER' : 'THIRD_PARTY';
  return new MastraError({ id, domain: 'MASTRA_VECTOR', category, text: error.message }, error);
}
