/** A problem that makes a model slower or less reliable than requested, and does not stop it. */
export interface ModelWarning {
  /** The model's name. */
  readonly origin: string;
  /** What happened; one sentence. */
  readonly problem: string;
  /** What the reader can do about it; one sentence. */
  readonly nextStep: string;
}

/** Told of each {@link ModelWarning}. It must not throw. */
export type OnWarning = (warning: ModelWarning) => void;
