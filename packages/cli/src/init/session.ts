import type { Environment } from '../config/config-variables.ts';
import type { Secrets } from '../secrets.ts';

/** The context in which answers are read and tried. */
export interface Session {
  /** The configuration file to write. */
  readonly file: string;
  readonly folder: string;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** Variables that are set. */
  readonly set: Environment;
  /** Those, and the ones that the user typed. */
  readonly environment: Environment;
  /** Remembers the value of a variable, only for this run. */
  tell(variable: string, value: string): void;
}

/** Variables that the user typed. They are used only in this run and never written. */
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

  /** Names of the variables that must be set before the configuration is used. */
  get names(): readonly string[] {
    return [...this.#told.keys()];
  }
}
