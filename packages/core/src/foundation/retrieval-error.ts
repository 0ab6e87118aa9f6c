/** What went wrong, as a word a program can switch on. */
export type RetrievalErrorCode =
  /** The query, a passage, a document or an option is not acceptable as given. */
  | 'invalid-query'
  | 'invalid-passage'
  | 'invalid-document'
  | 'invalid-filter'
  | 'invalid-options'
  | 'invalid-config'
  /** Two documents of one call carry the same id. */
  | 'duplicate-id'
  /** Model files: absent, cut short or altered, or of a kind that is not run here. */
  | 'model-not-found'
  | 'model-damaged'
  | 'model-unsupported'
  /** The model ran and answered something that cannot be a score or a vector. */
  | 'model-output-invalid'
  /** The thread that runs the model ended in the middle of a batch, or the process that tokenizes in the middle of a text. */
  | 'model-crashed'
  /** A hub that models come from: it does not answer, it refuses, or what it sent cannot be kept on this machine. */
  | 'hub-unreachable'
  | 'hub-refused'
  | 'model-cache-failed'
  | 'dimension-mismatch'
  /** Stage 1: the engine does not answer, the table or collection is absent, or the answer is an error. */
  | 'source-unreachable'
  | 'source-not-found'
  | 'source-failed'
  /** The first filling of the table or collection has not finished. */
  | 'source-incomplete'
  /** A remote embedder: the service does not answer, or refuses. */
  | 'embedder-unreachable'
  | 'embed-failed'
  /** Stage 2: the service does not answer, or refuses. */
  | 'reranker-unreachable'
  | 'rerank-failed'
  | 'deadline-exceeded'
  | 'overloaded'
  | 'closed'
  | 'missing-dependency';

/** What a {@link RetrievalError} is made of. */
export interface RetrievalErrorDetails {
  readonly code: RetrievalErrorCode;
  /** Where the error comes from: the name of a source, reranker, embedder or command. */
  readonly origin: string;
  /** What happened, with the offending value; one sentence. */
  readonly problem: string;
  /** What the reader can do about it; one sentence. */
  readonly nextStep: string;
  /** The path of the wrong value in the options or the configuration, such as `['stages', 1, 'best']`. */
  readonly path?: readonly (string | number)[];
  /** When to try again, in milliseconds from now; only where that is known. @default unknown */
  readonly retryAfterMs?: number;
  /** What was thrown underneath, without texts and secrets. @default none */
  readonly cause?: unknown;
}

const marker = Symbol.for('secondpass.RetrievalError');

/**
 * The only error class that secondpass throws. `message` reads `origin: problem nextStep`.
 * Aborting is not an error of ours: an aborted call rejects with its signal's own `reason`.
 *
 * @example
 * import { loadCrossEncoder, RetrievalError } from '@secondpass/core';
 * try {
 *   await loadCrossEncoder('no/such/folder');
 * } catch (error) {
 *   if (!RetrievalError.is(error)) throw error;
 *   error.code; // → 'model-not-found'
 * }
 */
export class RetrievalError extends Error {
  readonly [marker] = true;
  override readonly name = 'RetrievalError';
  readonly code: RetrievalErrorCode;
  readonly origin: string;
  readonly problem: string;
  readonly nextStep: string;
  /** The keys that lead to the wrong value; absent if the error is not about an option. */
  readonly path?: readonly (string | number)[];
  /** When to try again, in milliseconds from the time it was thrown; absent if that is not known. */
  readonly retryAfterMs?: number;

  constructor({ code, origin, problem, nextStep, path, retryAfterMs, cause }: RetrievalErrorDetails) {
    super(`${origin}: ${problem} ${nextStep}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.origin = origin;
    this.problem = problem;
    this.nextStep = nextStep;
    if (path) this.path = path;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }

  /** Recognizes the error even when two copies of this package are loaded. */
  static is(error: unknown): error is RetrievalError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
