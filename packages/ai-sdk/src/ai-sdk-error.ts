import { APICallError, InvalidArgumentError } from '@ai-sdk/provider';
import { RetrievalError } from '@secondpass/core';

/**
 * Our error as the AI SDK's, with ours as its cause: an argument that cannot be accepted, or a call that failed. The SDK
 * tries again only while the reranker has too much to do. Anything else, such as an abort's reason, stays what it is.
 */
export function aiSdkError(error: unknown, modelId: string): unknown {
  if (!RetrievalError.is(error)) return error;
  const { code, message } = error;
  const argument = /^invalid-(query|passage|options)$/.exec(code)?.[1];
  if (argument) return new InvalidArgumentError({ argument, message, cause: error });
  return new APICallError({
    message,
    url: `secondpass:${modelId}`,
    // The request holds texts, which no error repeats.
    requestBodyValues: {},
    isRetryable: code === 'overloaded',
    cause: error,
  });
}
