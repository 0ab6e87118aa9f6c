import { RetrievalError } from '@secondpass/core';
import type { Answers } from './answers.ts';
import { type AnswerFlag, typed } from './init-flags.ts';
import type { Session } from './session.ts';

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const checkVariable = (name: string): string | undefined =>
  variableName.test(name) ? undefined : 'the name of an environment variable, such as DATABASE_URL';

/**
 * A secret as written to the file: the variable that holds it. If the variable is not set, the user types its value for
 * this run.
 *
 * @param what the content of the variable, such as `the API key of Qdrant`
 */
export async function secretVariable(
  answers: Answers,
  question: {
    readonly flag: AnswerFlag;
    readonly message: string;
    readonly preset: string;
    readonly what: string;
  },
  session: Session,
): Promise<string> {
  const { what, ...asked } = question;
  const name = await answers.text({ ...asked, check: checkVariable });
  if (!session.set[name]) session.tell(name, await answers.secret(name, what));
  return `\${${name}}`;
}

/**
 * The address of a server as written to the file: a variable; if the address holds no secret, with the address as
 * fallback.
 *
 * @throws RetrievalError `invalid-options`
 */
export async function addressVariable(
  answers: Answers,
  { preset, check }: { readonly preset: string; readonly check: (url: string) => string | undefined },
  session: Session,
): Promise<string> {
  const name = await answers.text({
    flag: 'urlVariable',
    message: 'Which environment variable holds its address?',
    preset,
    check: checkVariable,
  });
  const given = answers.given('url');
  const set = session.set[name];
  if (given !== undefined && set && given !== set) {
    throw refuse(
      `${typed('url')} is given, but ${name} is set to another address.`,
      `Leave one of them out, or name another variable with ${typed('urlVariable')}.`,
    );
  }
  const url = given ?? (set || (await answers.secret(name, 'the address of the database')));
  session.secrets.hidePassword(url);
  const expected = check(url);
  if (expected !== undefined) {
    throw refuse(
      `The address in ${given === undefined ? name : typed('url')} is not usable.`,
      `Use ${expected}.`,
    );
  }
  if (set) return `\${${name}}`;
  session.tell(name, url);
  return holdsSecret(url) ? `\${${name}}` : `\${${name}:-${url}}`;
}

/** Whether an address must not be written. A user name counts as a secret; a `}` would end the variable. */
function holdsSecret(url: string): boolean {
  const { username, password, search } = new URL(url);
  return username !== '' || password !== '' || search !== '' || url.includes('}');
}

function refuse(problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin: 'secondpass init', problem, nextStep });
}
