import type { z } from 'zod';
import { unusable } from './failed-try.ts';
import type { Service } from './http-service.ts';
import { refusalOf } from './refusal.ts';
import { errorInside } from './refusal-words.ts';
import type { ServiceAnswer } from './try-request.ts';

/**
 * Reads an answer. If `read` fails and the answer holds an error instead of a result, that error is thrown.
 *
 * @param texts the texts that were sent; no error quotes them
 * @param read throws an Error that says what is wrong with the answer, without quoting texts
 * @throws FailedTry
 *
 * @example
 * import { httpService, readAnswer, readJson } from '@secondpass/service-client';
 * import { z } from 'zod';
 * const nextSteps = { key: 'Check it.', tooLarge: 'Send less.', tooSlow: 'Raise timeoutMs.', unusable: 'Check the URL.' };
 * const codes = { failed: 'rerank-failed', unreachable: 'reranker-unreachable' } as const;
 * const kind = { ...codes, longestAnswer: () => 2 ** 20, nextSteps };
 * const service = httpService({ origin: 'my-service', kind, url: 'http://localhost:8080' });
 * const answer = { address: service.url, headers: new Headers(), bytes: Buffer.from('[0.5]') };
 * readAnswer(service, answer, ['Yeast.'], (given) => readJson(given, z.array(z.number()))); // → [ 0.5 ]
 */
export function readAnswer<T>(
  service: Service,
  answer: ServiceAnswer,
  texts: readonly string[],
  read: (answer: ServiceAnswer) => T,
): T {
  try {
    return read(answer);
  } catch (error) {
    const { address, headers } = answer;
    const said = errorInside(jsonOf(answer));
    if (said) throw refusalOf(service, { status: 200, headers, said, texts, address });
    throw unusable(service, (error as Error).message, address);
  }
}

/**
 * Reads an answer that must be JSON of a form, whatever type it says to be. @throws Error without a word of the answer
 *
 * @example
 * import { readJson } from '@secondpass/service-client';
 * import { z } from 'zod';
 * const answer = { address: 'http://localhost:8080', headers: new Headers(), bytes: Buffer.from('[0.5]') };
 * readJson(answer, z.array(z.number())); // → [ 0.5 ]
 */
export function readJson<T extends z.ZodType>(answer: ServiceAnswer, schema: T): z.infer<T> {
  const value = jsonOf(answer);
  if (value === undefined) {
    const type = answer.headers.get('content-type') ?? 'json';
    throw new Error(`it is not JSON${/json/i.test(type) ? '' : ` but ${type.slice(0, 60)}`}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${issue!.path.join('.') || 'it'} has the wrong form`);
}

function jsonOf({ bytes }: ServiceAnswer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
