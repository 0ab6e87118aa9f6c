import type { Readable } from 'node:stream';
import type { Terminal } from './output/terminal.ts';
import type { Secrets } from './secrets.ts';

/** What every command gets in addition to its flags. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly secrets: Secrets;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: Readable & { readonly isTTY?: boolean };
  /** The folder that relative paths on the command line start from. */
  readonly folder: string;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}
