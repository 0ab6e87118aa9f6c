import { describeValue } from '@secondpass/core/extend';

/** What went wrong, in one clause. If a connection to several addresses fails, the error only has a list of reasons. */
export function describeFailure(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  // `fetch failed` is no help; its cause says what failed.
  const deepest = inner instanceof TypeError && inner.cause !== undefined ? inner.cause : inner;
  return (deepest instanceof Error ? deepest.message || deepest.name : describeValue(deepest)).replace(
    /\.$/,
    '',
  );
}
