import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/**
 * Does the work inside a span, which ends with it. A failure is recorded by its code only: messages may hold what a
 * user typed.
 */
export function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  // Looked up each time, because an application may set up its SDK after this package was loaded.
  const tracer = trace.getTracer('@secondpass/core');
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setAttribute('error.type', errorTypeOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message: errorTypeOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A `RetrievalError`'s code, or the error's class. */
export function errorTypeOf(error: unknown): string {
  if (RetrievalError.is(error)) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
