import { APICallError, InvalidArgumentError } from '@ai-sdk/provider';
import { RetrievalError } from '@secondpass/core';

/**
 * Converts our error to an error of the AI SDK, with ours as its cause: an invalid argument or a failed call. The SDK
 * retries only if the reranker is overloaded. Any other value, such as an abort's reason, is returned unchanged.
 */
export function aiSdkError(error: unknown, modelId: string): unknown {
  if (!RetrievalError.is(error)) return error;
  const { code, message } = error;
  const argument = /^invalid-(query|passage|options)$/.exec(code)?.[1];
  if (argument) return new InvalidArgumentError({ argument, message, cause: error });
  return new APICallError({
    message,
    url: `secondpass:${modelId}`,
    // Empty: the request holds texts, and no error quotes them.
    requestBodyValues: {},
    isRetryable: code === 'overloaded',
    cause: error,
  });
}
