import { count } from '../../output/count.ts';
import type { Terminal } from '../../output/terminal.ts';
import type { DoctorReport } from '../doctor-report.ts';

export interface InitResult {
  /** Relative to the current folder. */
  readonly file: string;
  readonly text: string;
  readonly program: string;
  /** Whether every search must name a tenant. */
  readonly tenants: boolean;
  readonly doctor: DoctorReport;
  /** Environment variables that must be set before the file is used. */
  readonly unset: readonly string[];
}

/** Prints the program as the answer. The configuration and doctor's report go to standard error. */
export function initReport(
  { file, text, program, tenants, doctor, unset }: InitResult,
  terminal: Terminal,
): void {
  const { engines, problems, config } = doctor;
  if (terminal.json) {
    const [engine = null] = engines.filter(({ name }) => name !== 'embedded');
    return terminal.answerJson({ file, config: text, program, unset, doctor: { config, engine, problems } });
  }
  terminal.say(`\n${terminal.style('bold', file, 'err')}\n\n${text}`);
  terminal.say(terminal.style('bold', 'secondpass doctor', 'err'));
  for (const { name, reachable, version, documents, searchable } of engines) {
    if (name === 'embedded') continue;
    const size =
      documents === null
        ? ', nothing indexed yet'
        : documents === undefined
          ? ''
          : `, ${count(documents, 'document')}`;
    const state =
      reachable && searchable !== false
        ? terminal.style('green', 'ok', 'err')
        : terminal.style('red', 'wrong', 'err');
    terminal.say(`  ${state} ${name.split(' ')[0]}${version === null ? '' : `: ${version}${size}`}`);
  }
  for (const { origin, problem, nextStep } of problems)
    terminal.say(`  ${origin}: ${problem}\n    → ${nextStep}`);
  if (problems.length === 0) terminal.say('  Nothing is wrong.');
  if (unset.length > 0) terminal.say(`\nSet before you use it: ${unset.join(', ')}. No value was written.`);
  const empty = engines.some(({ name, documents }) => name !== 'embedded' && documents === null);
  const fill = empty ? `  secondpass index --config ${file} --corpus FOLDER\n` : '';
  terminal.say(
    `\nTry it:\n${fill}  secondpass search --config ${file} --query "your question"${tenants ? ' --tenant NAME' : ''}\n\nThe same as a program:\n`,
  );
  terminal.answer(program.trimEnd());
}
