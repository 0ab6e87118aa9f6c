/** Why an answer is less than what was asked for. */
export interface Degradation {
  /** The first stage that gave less. */
  readonly stage: 'embed' | 'search' | 'rerank';
  /** One sentence or more; no query and no passage text. */
  readonly reason: string;
}

/** Told of what makes an answer less than the full one, while the call still answers. It must not throw. */
export type OnDegraded = (degradation: Degradation) => void;
