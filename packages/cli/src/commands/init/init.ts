import { dirname, relative, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { RetrievalError } from '@secondpass/core';
import type { CommandContext } from '../../command-context.ts';
import { describeError } from '../../describe-error.ts';
import { exitCode } from '../../exit-code.ts';
import type { Answers } from '../../init/answers.ts';
import { chooseEmbedder } from '../../init/choose-embedder.ts';
import { choosePlace } from '../../init/choose-place.ts';
import { chooseReranker } from '../../init/choose-reranker.ts';
import { configText, type WrittenConfig } from '../../init/config-text.ts';
import type { InitDatabase } from '../../init/databases/database.ts';
import { databases } from '../../init/databases.ts';
import { flagAnswers } from '../../init/flag-answers.ts';
import type { InitFlags } from '../../init/init-flags.ts';
import { localModelsOf } from '../../init/local-models-of.ts';
import { checkNewFile, writeNewFile } from '../../init/new-file.ts';
import { programText } from '../../init/program-text.ts';
import { Canceled, promptedAnswers } from '../../init/prompted-answers.ts';
import { type Session, ToldVariables } from '../../init/session.ts';
import { examine } from '../doctor-report.ts';
import { initReport } from './init-report.ts';

/** `secondpass init`: inspects a database, and writes a configuration to search it. */
export async function init(flags: InitFlags, context: CommandContext): Promise<number> {
  const { folder, environment, secrets, signal, terminal } = context;
  const file = resolve(folder, flags.out);
  const answers = openAnswers(flags, context);
  await checkNewFile(file, flags.force === true);
  const told = new ToldVariables(environment, secrets);
  const session: Session = {
    file,
    folder: dirname(file),
    secrets,
    signal,
    set: environment,
    get environment() {
      return told.environment;
    },
    tell: (variable, value) => told.tell(variable, value),
  };
  const config = await askAll(answers, session, flags).catch((error) => {
    if (error instanceof Canceled) return undefined;
    throw error;
  });
  if (config === undefined) {
    terminal.say('Stopped. Nothing was written.');
    return exitCode.interrupted;
  }
  const text = configText(config);
  signal.throwIfAborted();
  await writeNewFile(file, text, flags.force === true);
  const doctor = await examine(file, { ...context, environment: told.environment });
  const program = programText(config, await localModelsOf(config, session));
  const tenants = config.source['tenantField'] !== undefined;
  initReport(
    {
      file: relative(folder, file),
      text,
      program,
      tenants,
      doctor,
      unset: told.names.filter((name) => text.includes(`\${${name}`)),
    },
    terminal,
  );
  return doctor.problems.length === 0 ? exitCode.done : exitCode.failed;
}

async function askAll(answers: Answers, session: Session, flags: InitFlags): Promise<WrittenConfig> {
  const database = await answers.choose<InitDatabase>({
    flag: 'database',
    message: 'Which database holds your passages?',
    many: 'databases',
    choices: databases.map((value) => ({ name: value.name, hint: value.title, value })),
  });
  const { settings, dimensions } = await choosePlace(answers, database, session, flags.new === true);
  const name = String(settings[database.place]);
  const embedder = await chooseEmbedder(answers, { name, dimensions }, session);
  const reranker = await chooseReranker(answers, session);
  return { source: settings as WrittenConfig['source'], embedder, reranker, depth: 100, topK: 10 };
}

/** @throws RetrievalError `invalid-options` if questions are needed and there is no terminal */
function openAnswers(flags: InitFlags, { input, terminal, signal }: CommandContext): Answers {
  if (flags.yes) return flagAnswers(flags);
  const { err } = terminal;
  if (input.isTTY && err.isTTY && err instanceof Writable) {
    const tell = (error: RetrievalError): void => {
      const { problem, nextStep } = describeError(error);
      terminal.say(`${terminal.style('red', 'error', 'err')} ${problem}\n  → ${nextStep}`);
    };
    return promptedAnswers(flags, { input, output: err, signal, tell });
  }
  throw new RetrievalError({
    code: 'invalid-options',
    origin: 'secondpass init',
    problem: 'There is no terminal to ask questions on.',
    nextStep:
      'Add --yes and answer by flags: --database; --url or --url-variable, or --directory; --table, --index or --collection; if they are ambiguous, --vector, --id, --text, --tenant-field, --payload; --embedder, --reranker. See --help.',
  });
}
