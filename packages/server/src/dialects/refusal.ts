import { type Failure, type FailureKind, statusOf } from '../failure.ts';

export interface Refusal {
  readonly status: number;
  readonly body: unknown;
}

/** Makes refusals of one form. @param own the statuses that differ in this dialect */
export function refusals(
  own: Partial<Record<FailureKind, number>>,
  bodyOf: (failure: Failure, status: number) => unknown,
): (failure: Failure) => Refusal {
  const statuses = { ...statusOf, ...own };
  return (failure) => {
    const status = statuses[failure.kind];
    return { status, body: bodyOf(failure, status) };
  };
}
