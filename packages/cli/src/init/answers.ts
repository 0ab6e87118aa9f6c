import type { AnswerFlag } from './init-flags.ts';

export interface Choice<T> {
  /** What a flag says, and what is shown. */
  readonly name: string;
  readonly hint?: string | undefined;
  readonly value: T;
}

export interface ChoiceQuestion<T> {
  readonly flag: AnswerFlag;
  readonly message: string;
  /** What the choices are, in the plural: `text columns`. */
  readonly many: string;
  /** Where there is one alone, it is taken. */
  readonly choices: readonly Choice<T>[];
  /** Name of the choice that is right unless somebody says otherwise. */
  readonly preset?: string | undefined;
  /** Name of the choice that a reader is led to; scripts have to name one. */
  readonly suggested?: string | undefined;
  /** Reads a flag that names none of the choices. */
  readonly read?: (given: string) => T | undefined;
}

export interface TextQuestion {
  readonly flag: AnswerFlag;
  readonly message: string;
  readonly preset?: string | undefined;
  /** What was expected, where the text is not right. */
  readonly check?: (text: string) => string | undefined;
}

/** Who answers the questions: flags alone, or flags first and then a reader. */
export interface Answers {
  /** Whether a reader is there. */
  readonly reads: boolean;
  /** @throws RetrievalError `invalid-options` where a flag names none of them, or a flag is missing */
  choose<T>(question: ChoiceQuestion<T>): Promise<T>;
  /** @throws RetrievalError `invalid-options` as {@link choose} */
  text(question: TextQuestion): Promise<string>;
  /** What a flag says, without a question where it is absent. */
  given(flag: AnswerFlag): string | undefined;
  /** The value of an environment variable that is not set. @throws RetrievalError `invalid-options` where no reader is there */
  secret(variable: string, what: string): Promise<string>;
  /** Where a reader is there, the questions of a part are asked again when its answers turn out wrong. */
  attempt<T>(part: (answers: Answers) => Promise<T>): Promise<T>;
}
