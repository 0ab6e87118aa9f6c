import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a run writes down as it goes, a line of JSON each, so that a run that is stopped loses nothing. */
export class RunLog {
  readonly folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
  }

  answer(line: AnswerLine): void {
    this.#append('answers', line);
  }

  event(line: EventLine): void {
    this.#append('events', line);
  }

  /** What must not be: an answer that is wrong or silently less, an error without a code. */
  failure(line: object): void {
    this.#append('failures', { at: Date.now(), ...line });
  }

  write(line: WriteLine): void {
    this.#append('writes', line);
  }

  #append(name: string, line: object): void {
    appendFileSync(join(this.folder, `${name}.jsonl`), `${JSON.stringify(line)}\n`);
  }
}

export interface AnswerLine {
  /** When it was asked. */
  readonly at: number;
  readonly ms: number;
  readonly kind: 'full' | 'degraded' | 'error' | 'wrong';
  /** The stage that fell short, or the error's code. */
  readonly what?: string;
  readonly server: string;
  /** Whether every id and score was compared; while a document near the top was being written, only those that stay. */
  readonly exact?: boolean;
}

export interface EventLine {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly details?: object;
}

export interface WriteLine {
  readonly at: number;
  readonly source: string;
  readonly action: 'add' | 'delete';
  readonly documents: number;
  readonly ms: number;
  /** Of the error that it ended in; the same documents are then sent again. */
  readonly code?: string;
}
