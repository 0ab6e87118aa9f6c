import type { AnswerFlag } from './init-flags.ts';

export interface Choice<T> {
  /** The value of the flag, and the text that is shown. */
  readonly name: string;
  readonly hint?: string | undefined;
  readonly value: T;
}

export interface ChoiceQuestion<T> {
  readonly flag: AnswerFlag;
  readonly message: string;
  /** A plural noun for the choices: `text columns`. */
  readonly many: string;
  /** A single choice is taken without a question. */
  readonly choices: readonly Choice<T>[];
  /** Name of the default choice. */
  readonly preset?: string | undefined;
  /** Name of the choice that is preselected for a user; scripts must name one. */
  readonly suggested?: string | undefined;
  /** Reads a flag whose value is not one of the choices. */
  readonly read?: (given: string) => T | undefined;
}

export interface TextQuestion {
  readonly flag: AnswerFlag;
  readonly message: string;
  readonly preset?: string | undefined;
  /** Returns what was expected if the text is not valid. */
  readonly check?: (text: string) => string | undefined;
}

/** Answers the questions: only by flags, or by flags first and then by a user. */
export interface Answers {
  /** Whether a user can answer. */
  readonly reads: boolean;
  /** @throws RetrievalError `invalid-options` if a flag names none of the choices, or a flag is missing */
  choose<T>(question: ChoiceQuestion<T>): Promise<T>;
  /** @throws RetrievalError `invalid-options` as {@link choose} */
  text(question: TextQuestion): Promise<string>;
  /** The value of a flag; no question is asked if it is absent. */
  given(flag: AnswerFlag): string | undefined;
  /** Asks for the value of an unset variable. @throws RetrievalError `invalid-options` if there is no user */
  secret(variable: string, what: string): Promise<string>;
  /** Runs a part. If its answers turn out wrong and there is a user, its questions are asked again. */
  attempt<T>(part: (answers: Answers) => Promise<T>): Promise<T>;
}
