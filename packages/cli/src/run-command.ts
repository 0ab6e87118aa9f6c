import type { CommandContext } from './command-context.ts';

/** Runs a command once its flags are known; `json` decides where messages may go. */
export type RunCommand = (
  json: boolean,
  command: (context: CommandContext) => Promise<number> | Promise<void>,
) => Promise<void>;
