import type { ServiceAnswer } from './try-request.ts';

/** Reads an answer that must be JSON, whatever type it says to be. @throws Error without a word of the answer */
export function parseJson({ headers, bytes }: ServiceAnswer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    const type = headers.get('content-type') ?? 'json';
    throw new Error(`it is not JSON${/json/i.test(type) ? '' : ` but ${type.slice(0, 60)}`}`);
  }
}
