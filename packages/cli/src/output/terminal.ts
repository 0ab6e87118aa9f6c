import { styleText } from 'node:util';
import { stringifyJson } from '@secondpass/core/extend';
import type { Secrets } from '../secrets.ts';

export type Style = Parameters<typeof styleText>[0];

/** What a writer needs of a stream; tests pass a plain object. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const widthWithoutTerminal = 100;
const widest = 120;
const narrowest = 60;

/** Standard output for answers, standard error for everything said meanwhile. */
export class Terminal {
  /** Whether the answer is wanted as JSON. */
  readonly json: boolean;
  readonly out: OutputStream;
  readonly err: OutputStream;
  readonly #secrets: Secrets;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(options: {
    readonly json: boolean;
    readonly out: OutputStream;
    readonly err: OutputStream;
    readonly secrets: Secrets;
    readonly environment: Readonly<Record<string, string | undefined>>;
  }) {
    this.json = options.json;
    this.out = options.out;
    this.err = options.err;
    this.#secrets = options.secrets;
    this.#environment = options.environment;
  }

  /** The answer, as one line of JSON. */
  answerJson(value: unknown): void {
    this.out.write(`${stringifyJson(value)}\n`);
  }

  /** A line of the answer for a reader. */
  answer(text = ''): void {
    this.out.write(`${text}\n`);
  }

  /** What is going on; on standard error, so that it never mixes with an answer that is piped on. */
  say(text: string): void {
    this.err.write(`${this.#secrets.redact(text)}\n`);
  }

  /** Columns that a table may fill. */
  get width(): number {
    return Math.max(narrowest, Math.min(this.out.columns ?? widthWithoutTerminal, widest));
  }

  /** Colors where a terminal shows the text and nothing forbids them. */
  style(style: Style, text: string, stream: 'out' | 'err' = 'out'): string {
    return this.#hasColor(stream) ? styleText(style, text, { validateStream: false }) : text;
  }

  #hasColor(stream: 'out' | 'err'): boolean {
    const { NO_COLOR, FORCE_COLOR, TERM } = this.#environment;
    if (NO_COLOR) return false;
    if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
    return this[stream].isTTY === true && TERM !== 'dumb';
  }
}
