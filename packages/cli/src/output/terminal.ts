import { styleText } from 'node:util';
import { stringifyJson } from '@secondpass/core/extend';
import type { Secrets } from '../secrets.ts';

export type Style = Parameters<typeof styleText>[0];

/** The part of a stream that is used here; tests pass a plain object. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const widthWithoutTerminal = 100;
const widest = 120;
const narrowest = 60;

/** Writes answers to standard output, and all other messages to standard error. */
export class Terminal {
  /** Whether the answer is JSON. */
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

  /** A line of the answer, as text. */
  answer(text = ''): void {
    this.out.write(`${text}\n`);
  }

  /** A message on standard error, so that it never mixes with a piped answer. */
  say(text: string): void {
    this.err.write(`${this.#secrets.redact(text)}\n`);
  }

  /** Width of a table, in columns. */
  get width(): number {
    return Math.max(narrowest, Math.min(this.out.columns ?? widthWithoutTerminal, widest));
  }

  /** Uses colors if the stream is a terminal and no setting forbids them. */
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
