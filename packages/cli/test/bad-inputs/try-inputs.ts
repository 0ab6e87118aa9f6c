import { inspect } from 'node:util';
import { RetrievalError } from '@secondpass/core';
import { badVariants, ownError, type Variant } from './bad-variants.ts';

/** Stands in every valid input where a key or a text does; no error may show it. */
export const secret = 'hush-7f3a91';

/** A public entry, and an input that it takes. */
export interface Entry {
  readonly name: string;
  readonly valid: unknown;
  readonly call: (input: never) => unknown;
  /** What an accepted answer must be. @default anything */
  readonly isAnswer?: (answer: unknown) => boolean;
  /** What must be the same before and after a refusal. */
  readonly state?: () => unknown;
  /** More inputs than those that {@link badVariants} makes. */
  readonly more?: Iterable<Variant>;
  /** Only each n-th input is tried, where an accepted one takes long. @default 1 */
  readonly each?: number;
}

export interface Outcome {
  readonly count: number;
  readonly refused: number;
  /** One line for each input that was neither refused properly nor answered. */
  readonly faults: readonly string[];
}

const mostMs = 20_000;

/** Gives an entry its valid input, which it must take, and then every bad one. */
export async function tryInputs(entry: Entry): Promise<Outcome> {
  const valid = await attempt(entry, entry.valid);
  const faults: string[] = [];
  if (valid.refusal !== undefined)
    faults.push(`${entry.name} refuses what is valid: ${String(valid.refusal)}`);
  let [count, refused] = [0, 0];
  const inputs = [...badVariants(entry.valid), ...(entry.more ?? [])];
  for (const { change, input } of inputs.filter((_, index) => index % (entry.each ?? 1) === 0)) {
    count += 1;
    const before = await entry.state?.();
    const { refusal, fault } = await attempt(entry, input);
    if (refusal !== undefined) refused += 1;
    const after = await entry.state?.();
    const told =
      fault ?? (refusal !== undefined && inspect(before) !== inspect(after) ? 'left a trace' : undefined);
    if (told !== undefined) faults.push(`${entry.name}, ${change}: ${told}`);
  }
  if (Object.hasOwn(Object.prototype, 'polluted')) faults.push(`${entry.name} polluted Object.prototype`);
  return { count, refused, faults };
}

async function attempt(
  { call, isAnswer }: Entry,
  input: unknown,
): Promise<{ readonly refusal?: unknown; readonly fault?: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), mostMs);
  });
  try {
    const answer = await Promise.race([(async () => call(input as never))(), late]);
    if (answer === 'late') return { fault: `no answer within ${mostMs} ms` };
    return isAnswer === undefined || isAnswer(answer)
      ? {}
      : { fault: `answers ${inspect(answer).slice(0, 200)}` };
  } catch (error) {
    return { refusal: error, ...faultOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

function faultOf(error: unknown): { readonly fault?: string } {
  if (error === ownError) return {};
  if (!RetrievalError.is(error)) {
    const [first, at] = inspect(error)
      .split('\n')
      .filter((line) => !line.includes('/test/'));
    return { fault: `throws ${first} ${at?.trim() ?? ''}` };
  }
  if (inspect(error, { depth: 8 }).includes(secret)) return { fault: `shows the secret: ${error.message}` };
  if (/bug in secondpass|undefined is not (a|iterable)|\[object/.test(error.message))
    return { fault: error.message };
  return {};
}
