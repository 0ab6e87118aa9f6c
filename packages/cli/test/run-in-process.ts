import { Readable } from 'node:stream';
import { RetrievalError } from '@secondpass/core';
import { type Command, CommanderError } from 'commander';
import { commandLine } from '../src/command-line.ts';
import { exitCode } from '../src/exit-code.ts';
import { exitCodeOf } from '../src/exit-code-of.ts';
import { Terminal } from '../src/output/terminal.ts';
import { Secrets } from '../src/secrets.ts';
import type { Outcome } from './run-command.ts';

/** Runs a command line in this process, for tests with too many cases for a process each. */
export async function runInProcess(
  words: readonly string[],
  { folder = process.cwd() }: { readonly folder?: string } = {},
): Promise<Outcome> {
  let code: number = exitCode.done;
  let stdout = '';
  let stderr = '';
  const out = {
    write: (text: string) => {
      stdout += text;
    },
  };
  const err = {
    write: (text: string) => {
      stderr += text;
    },
  };
  const secrets = new Secrets();
  const program = commandLine('0.0.0', async (json, command) => {
    const terminal = new Terminal({ json, out, err, secrets, environment: {} });
    const { signal } = new AbortController();
    const context = {
      terminal,
      secrets,
      environment: {},
      input: Readable.from([]),
      folder,
      signal,
    };
    try {
      code = (await command(context)) ?? exitCode.done;
    } catch (error) {
      if (!RetrievalError.is(error)) throw error;
      code = exitCodeOf(error);
      err.write(`error ${error.origin}: ${error.problem}\n  → ${error.nextStep}\n`);
    }
  });
  const withInner = (one: Command): readonly Command[] => [one, ...one.commands.flatMap(withInner)];
  for (const one of withInner(program)) one.exitOverride().configureOutput({ writeErr: err.write });
  try {
    await program.parseAsync(['node', 'secondpass', ...words]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    code = exitCode.misused;
  }
  return { code, stdout, stderr };
}
