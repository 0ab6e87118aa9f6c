import type { CommandContext } from './command-context.ts';
import { describeError } from './describe-error.ts';
import { exitCode } from './exit-code.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { Terminal } from './output/terminal.ts';

/** The streams and settings of this process that a command uses. */
export interface Surroundings extends Pick<CommandContext, 'input' | 'secrets' | 'environment' | 'signal'> {
  /** Whether answers and errors are JSON. */
  readonly json: boolean;
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  /** The reason of `signal` if nothing reads standard output any more. */
  readonly outputClosed: Error;
}

/** Runs a command, and prints its error if it fails. @returns the exit code, unless one is set already */
export async function executeCommand(
  command: (context: CommandContext) => Promise<number> | Promise<void>,
  { json, out, err, outputClosed, ...rest }: Surroundings,
): Promise<number> {
  const { secrets, environment, signal } = rest;
  const terminal = new Terminal({ json, out, err, secrets, environment });
  try {
    return (await command({ ...rest, terminal, folder: process.cwd() })) ?? exitCode.done;
  } catch (error) {
    if (error === outputClosed) return exitCode.done;
    if (signal.aborted && signal.reason !== outputClosed) {
      terminal.say('Interrupted. No file is half-written; run the same command again to continue.');
      return exitCode.interrupted;
    }
    terminal.say(errorInWords(error, terminal));
    return exitCodeOf(error);
  }
}

/** The message of an error that no command caught. */
export function describeUncaught(
  error: unknown,
  surroundings: Pick<Surroundings, 'out' | 'err' | 'secrets' | 'environment'>,
): string {
  const terminal = new Terminal({ json: false, ...surroundings });
  return surroundings.secrets.redact(errorInWords(error, terminal));
}

/** Errors are the last line on standard error: in words, or as JSON with --json. */
function errorInWords(error: unknown, terminal: Terminal): string {
  const described = describeError(error);
  if (terminal.json) return JSON.stringify({ error: described });
  const { origin, problem, nextStep } = described;
  return `${terminal.style('red', 'error', 'err')} ${origin}: ${problem}\n  → ${nextStep}`;
}
