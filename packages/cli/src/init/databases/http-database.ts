import type { Answers } from '../answers.ts';
import type { Session } from '../session.ts';
import { secretVariable } from '../variables.ts';

/** @param prefix the beginning of the proposed variable's name */
export function apiKeyVariable(answers: Answers, prefix: string, session: Session): Promise<string> {
  return secretVariable(
    answers,
    {
      flag: 'apiKeyVariable',
      message: 'Which environment variable holds the API key?',
      preset: `${prefix}_API_KEY`,
      what: 'the API key',
    },
    session,
  );
}

export function checkHttpUrl(url: string): string | undefined {
  const expected = 'a URL such as https://host:9200, without user and password';
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return expected;
  const { username, password } = new URL(url);
  return username === '' && password === '' ? undefined : expected;
}
