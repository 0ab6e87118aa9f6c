import { RetrievalError } from '@secondpass/core';
import { describeAsJson, nearestName } from '@secondpass/core/extend';
import type { Answers, ChoiceQuestion, TextQuestion } from './answers.ts';
import { type AnswerFlags, typed } from './init-flags.ts';

/** Answers for a script: a question without a flag must have a default or a single choice. */
export function flagAnswers(flags: AnswerFlags): Answers {
  const answers: Answers = {
    reads: false,
    async choose<T>(question: ChoiceQuestion<T>) {
      const found = chooseByFlag(question, flags);
      if (found) return found.value;
      const { flag, message, choices, preset } = question;
      const clear = choices.find(({ name }) => name === preset);
      if (clear) return clear.value;
      return refuse(
        `${typed(flag)} is missing. ${message} ${capitalized(named(question))}.`,
        `Name one with ${typed(flag)}.`,
      );
    },
    async text(question) {
      const found = textByFlag(question, flags);
      if (found !== undefined) return found;
      const { flag, message, preset } = question;
      if (preset !== undefined) return preset;
      return refuse(`${typed(flag)} is missing: ${message}`, `Add ${typed(flag)}.`);
    },
    given: (flag) => flags[flag],
    async secret(variable, what) {
      return refuse(
        `The environment variable ${variable}, ${what}, is not set.`,
        'Set it, or name another variable with its flag, such as --url-variable.',
      );
    },
    attempt: (part) => part(answers),
  };
  return answers;
}

/** The choice that a flag names, or the only choice. @throws RetrievalError `invalid-options` */
export function chooseByFlag<T>(
  question: ChoiceQuestion<T>,
  flags: AnswerFlags,
): { readonly value: T } | undefined {
  const { flag, choices, read } = question;
  const given = flags[flag];
  if (given === undefined) {
    if (choices.length === 0) {
      return refuse(`There are no ${question.many}.`, read ? `Name one with ${typed(flag)}.` : noneNextStep);
    }
    return choices.length === 1 ? choices[0] : undefined;
  }
  const chosen = choices.find(({ name }) => name === given);
  if (chosen) return chosen;
  const value = read?.(given);
  if (value !== undefined) return { value };
  const near = nearestName(
    given,
    choices.map(({ name }) => name),
  );
  return refuse(
    `${typed(flag)} is ${describeAsJson(given)}, and ${named(question)}.`,
    near === undefined ? `Name one of them with ${typed(flag)}.` : `Did you mean ${describeAsJson(near)}?`,
  );
}

const noneNextStep = 'Choose another one, or write the configuration by hand: the README lists every key.';

/** @throws RetrievalError `invalid-options` */
export function textByFlag({ flag, check }: TextQuestion, flags: AnswerFlags): string | undefined {
  const given = flags[flag];
  if (given === undefined) return undefined;
  const expected = check?.(given);
  if (expected === undefined) return given;
  // An address may hold a password.
  const shown = flag === 'url' ? 'is not usable' : `is ${describeAsJson(given)}`;
  return refuse(`${typed(flag)} ${shown}.`, `Use ${expected}.`);
}

function named<T>({ many, choices }: ChoiceQuestion<T>): string {
  const names = choices.map(({ name }) => name);
  if (names.length === 0) return `there are no ${many}`;
  const more = names.length > 20 ? ` and ${names.length - 20} more` : '';
  return `the ${many} are ${names.slice(0, 20).join(', ')}${more}`;
}

function capitalized(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

/** The error for a missing or invalid flag. */
function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin: 'secondpass init', problem, nextStep });
}
