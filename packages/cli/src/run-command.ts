import type { CommandContext } from './command-context.ts';

/** Runs a command with its flags; `json` decides the form of answer and errors. */
export type RunCommand = (
  json: boolean,
  command: (context: CommandContext) => Promise<number> | Promise<void>,
) => Promise<void>;
