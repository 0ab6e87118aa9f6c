import { RetrievalError } from '../../foundation/retrieval-error.ts';

/** The error for something that a model's files ask for and that is not supported. */
export function unsupportedModule(origin: string, problem: string): RetrievalError {
  return new RetrievalError({
    code: 'model-unsupported',
    origin,
    problem: `${problem}.`,
    nextStep:
      'Use a sentence-transformers model of Transformer, Pooling, Dense (with model.safetensors) and Normalize modules, or say how to pool with the option pooling.',
  });
}
