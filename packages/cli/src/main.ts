import { CommanderError } from 'commander';
import { commandLine } from './command-line.ts';
import { endSoon } from './end-soon.ts';
import { exitCode } from './exit-code.ts';
import { watchOutput } from './output/watch-output.ts';
import { ownVersion } from './read-version.ts';
import { Secrets } from './secrets.ts';

const { argv, env: environment, stdin: input, stdout: out, stderr: err } = process;
const secrets = new Secrets();
const interruption = new AbortController();

/** Nothing reads the output any more: the command stops in order, without a message. */
const outputClosed = new Error('standard output is closed');
watchOutput(out, err, {
  onClosed: () => interruption.abort(outputClosed),
  onFailed: (error) => {
    process.exitCode = exitCode.failed;
    err.write(`error standard output: ${error.message}\n  → Check where the output goes.\n`);
    interruption.abort(outputClosed);
  },
});

/**
 * The first signal lets the command stop in order. A second one ends the process immediately: an orderly exit
 * would wait for the thread that runs the model.
 */
for (const [signal, code] of [
  ['SIGINT', exitCode.interrupted],
  ['SIGTERM', exitCode.terminated],
] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      return;
    }
    process.exitCode = code;
    interruption.abort(new Error('interrupted'));
  });
}

// What runs a command loads the whole of core, which `--help` and a wrong flag need not wait for.
const loadRunner = () => import('./execute-command.ts');

/** An uncaught error of a library, outside our calls, also ends in one readable message. */
process.on('uncaughtException', async (error) => {
  const text = await loadRunner().then(
    ({ describeUncaught }) => describeUncaught(error, { out, err, secrets, environment }),
    // Without core there are no words for it: the installation is damaged.
    () => secrets.redact(error.stack ?? String(error)),
  );
  err.write(`${text}\n`);
  process.exit(exitCode.failed);
});

const program = commandLine(ownVersion(), async (json, command) => {
  const { executeCommand } = await loadRunner();
  const code = await executeCommand(command, {
    json,
    input,
    out,
    err,
    secrets,
    environment,
    signal: interruption.signal,
    outputClosed,
  });
  process.exitCode ??= code;
});

const wantsJson = argv.includes('--json');

/** Commander has already printed what was wrong; with --json, the error is printed here. The exit code is ours. */
function exitCodeOfUsage(error: unknown): number {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return exitCode.done;
  if (wantsJson) {
    const message = error.code === 'commander.help' ? 'No command was given' : error.message;
    const misuse = {
      code: 'invalid-options',
      origin: 'secondpass',
      problem: `${message.replace(/^error: /, '').replace(/\.$/, '')}.`,
      nextStep: 'Add --help to see what the command takes.',
    };
    err.write(`${secrets.redact(JSON.stringify({ error: misuse }))}\n`);
  }
  return exitCode.misused;
}

for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
  command
    .exitOverride()
    .configureOutput({ writeErr: (text) => !wantsJson && err.write(secrets.redact(text)) });
}
try {
  await program.parseAsync(argv);
} catch (error) {
  process.exitCode = exitCodeOfUsage(error);
}
endSoon(out);
