import type { Environment } from '../config/config-variables.ts';
import type { Secrets } from '../secrets.ts';

/** What the answers are read and tried with. */
export interface Session {
  /** The configuration that is going to be written. */
  readonly file: string;
  readonly folder: string;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** Variables that are set. */
  readonly set: Environment;
  /** The same, and those that a reader told. */
  readonly environment: Environment;
  /** Remembers the value of a variable for this run alone. */
  tell(variable: string, value: string): void;
}

/** Variables of a reader, for this run alone. They are never written. */
export class ToldVariables {
  readonly #told = new Map<string, string>();
  readonly #base: Environment;
  readonly #secrets: Secrets;

  constructor(base: Environment, secrets: Secrets) {
    this.#base = base;
    this.#secrets = secrets;
  }

  tell(variable: string, value: string): void {
    this.#told.set(variable, value);
    this.#secrets.hide(value, `\${${variable}}`);
  }

  get environment(): Environment {
    return { ...this.#base, ...Object.fromEntries(this.#told) };
  }

  /** Names of what has to be set before the configuration is used. */
  get names(): readonly string[] {
    return [...this.#told.keys()];
  }
}
