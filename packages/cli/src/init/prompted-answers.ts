import type { Readable, Writable } from 'node:stream';
import { isCancel, password, select, text } from '@clack/prompts';
import { RetrievalError } from '@secondpass/core';
import { printable } from '../output/printable.ts';
import type { Answers, ChoiceQuestion, TextQuestion } from './answers.ts';
import { chooseByFlag, textByFlag } from './flag-answers.ts';
import type { AnswerFlags } from './init-flags.ts';

/** The user pressed Ctrl-C or Escape. */
export class Canceled extends Error {}

export interface PromptStreams {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
  /** Reports what was wrong with an answer before the question is asked again. */
  readonly tell: (error: RetrievalError) => void;
}

/** Answers of a user at a terminal; questions that flags answer are not asked. */
export function promptedAnswers(flags: AnswerFlags, streams: PromptStreams): Answers {
  const { input, output, signal, tell } = streams;
  const shared = { input, output, signal };
  const answers: Answers = {
    reads: true,
    async choose<T>(question: ChoiceQuestion<T>): Promise<T> {
      const found = chooseByFlag(question, flags);
      if (found) return found.value;
      const { message, choices, preset, suggested } = question;
      const place = choices.findIndex(({ name }) => name === (preset ?? suggested));
      const index = await select({
        ...shared,
        message,
        options: choices.map(({ name, hint }, value) => ({
          value,
          label: printable(name),
          ...(hint !== undefined && { hint: printable(hint) }),
        })),
        initialValue: Math.max(place, 0),
        maxItems: 12,
      });
      return choices[answered<number>(index)]!.value;
    },
    async text(question: TextQuestion) {
      const found = textByFlag(question, flags);
      if (found !== undefined) return found;
      const { message, preset, check } = question;
      const given = await text({
        ...shared,
        message,
        ...(preset !== undefined && { placeholder: preset, defaultValue: preset }),
        validate: (value = '') => {
          const meant = value.trim() || preset || '';
          const expected = meant === '' ? 'a text that is not empty' : check?.(meant);
          return expected === undefined ? undefined : `Use ${expected}.`;
        },
      });
      return answered<string>(given).trim();
    },
    given: (flag) => flags[flag],
    async secret(variable, what) {
      const message = `${variable} is not set. Type ${what}; it is used for this run and not written:`;
      const given = await password({
        ...shared,
        message,
        validate: (value = '') => (value.trim() === '' ? 'Use a text that is not empty.' : undefined),
      });
      return answered<string>(given).trim();
    },
    async attempt(part) {
      try {
        return await part(answers);
      } catch (error) {
        if (!RetrievalError.is(error) || error.code === 'missing-dependency') throw error;
        tell(error);
        // The flag's answer was wrong, so ask the user next time.
        return promptedAnswers({}, streams).attempt(part);
      }
    },
  };
  return answers;

  function answered<T extends string | number>(value: T | symbol): T {
    signal.throwIfAborted();
    if (isCancel(value)) throw new Canceled('canceled');
    return value as T;
  }
}
