import { describeValue } from '@secondpass/core/extend';

/** What went wrong, in one clause. A refused connection to several addresses has its reasons in a list, and no message of its own. */
export function describeFailure(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  // `fetch failed` says nothing; what failed is its cause.
  const deepest = inner instanceof TypeError && inner.cause !== undefined ? inner.cause : inner;
  return (deepest instanceof Error ? deepest.message || deepest.name : describeValue(deepest)).replace(
    /\.$/,
    '',
  );
}
