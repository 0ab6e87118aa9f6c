import type { Answers } from './answers.ts';
import { checkHttpUrl } from './databases/http-database.ts';
import type { AnswerFlag } from './init-flags.ts';
import type { Session } from './session.ts';
import { secretVariable } from './variables.ts';

/** The address of a model service. */
export function serviceUrl(answers: Answers, flag: AnswerFlag, preset: string | undefined): Promise<string> {
  const check = (url: string) =>
    checkHttpUrl(url) === undefined
      ? undefined
      : 'a URL such as http://localhost:8080, without user and password';
  return answers.text({ flag, message: 'Address of the service?', preset, check });
}

/**
 * The key of a model service as written to the file, or undefined if the service needs none.
 *
 * @param proposed the usual variable for such a key; undefined if the service may need none
 */
export async function optionalKey(
  answers: Answers,
  { flag, proposed }: { readonly flag: AnswerFlag; readonly proposed: string | undefined },
  session: Session,
): Promise<string | undefined> {
  const given = answers.given(flag);
  if (given === 'none') return undefined;
  if (given === undefined && proposed === undefined) {
    const wanted = await answers.choose({
      flag,
      message: 'Does the service need a key?',
      many: 'ways to sign in',
      choices: [
        { name: 'none', hint: 'no authentication', value: false },
        { name: 'API key', value: true },
      ],
      preset: 'none',
    });
    if (!wanted) return undefined;
  }
  return secretVariable(
    answers,
    {
      flag,
      message: 'Which environment variable holds the key?',
      preset: proposed ?? 'SERVICE_API_KEY',
      what: 'the key of the service',
    },
    session,
  );
}
