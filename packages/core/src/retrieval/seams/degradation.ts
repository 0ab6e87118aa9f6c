/** Why an answer is less than what was requested. */
export interface Degradation {
  /** The first stage that gave less. */
  readonly stage: 'embed' | 'search' | 'rerank';
  /** One sentence or more; no query and no passage text. */
  readonly reason: string;
}

/** Called when a call still answers, but with less than the full answer. It must not throw. */
export type OnDegraded = (degradation: Degradation) => void;

/** Several degradations of one answer as one: the first stage's name, and each reason once. */
export function joinDegradations(degradations: readonly Degradation[]): Degradation | undefined {
  const order = ['embed', 'search', 'rerank'] as const;
  const stage = order.find((name) => degradations.some((degradation) => degradation.stage === name));
  return stage && { stage, reason: [...new Set(degradations.map(({ reason }) => reason))].join(' ') };
}
