import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ElasticConnection } from '../../adapters/with-elastic.ts';
import { present } from '../../present.ts';
import type { Answers } from '../answers.ts';
import type { Session } from '../session.ts';
import { addressVariable, secretVariable } from '../variables.ts';
import type { InitDatabase } from './database.ts';
import { elasticPlaces } from './elastic-places.ts';
import { apiKeyVariable, checkHttpUrl } from './http-database.ts';

export const elasticDatabase: InitDatabase = {
  name: 'elastic',
  title: 'Elasticsearch',
  adapter: 'elastic',
  place: 'index',

  async connect(answers, session) {
    const url = await addressVariable(answers, { preset: 'ELASTIC_URL', check: checkHttpUrl }, session);
    const caFile = answers.given('caFile');
    if (caFile !== undefined) {
      // Gives the same error for a wrong flag as other questions.
      await answers.text({ flag: 'caFile', message: 'PEM file', check: (path) => checkFile(path, session) });
    }
    return { url, ...(await signIn(answers, session)), ...present({ caFile }) };
  },

  look: (settings, signal) => elasticPlaces(settings as unknown as ElasticConnection, signal),
};

async function signIn(answers: Answers, session: Session): Promise<Readonly<Record<string, string>>> {
  const kind = await signInKind(answers);
  if (kind === 'none') return {};
  if (kind === 'apiKey') return { apiKey: await apiKeyVariable(answers, 'ELASTIC', session) };
  const username = await answers.text({ flag: 'username', message: 'User name?', preset: 'elastic' });
  const password = await secretVariable(
    answers,
    {
      flag: 'passwordVariable',
      message: 'Which environment variable holds the password?',
      preset: 'ELASTIC_PASSWORD',
      what: 'the password',
    },
    session,
  );
  return { username, password };
}

async function signInKind(answers: Answers): Promise<'none' | 'apiKey' | 'password'> {
  const key = answers.given('apiKeyVariable');
  const username = answers.given('username') ?? answers.given('passwordVariable');
  if (key !== undefined) return key === 'none' ? 'none' : 'apiKey';
  if (username !== undefined) return 'password';
  return answers.choose({
    flag: 'apiKeyVariable',
    message: 'How do you sign in?',
    many: 'ways to sign in',
    choices: [
      { name: 'none', hint: 'no authentication', value: 'none' },
      { name: 'API key', value: 'apiKey' },
      { name: 'user and password', value: 'password' },
    ],
    preset: 'none',
  });
}

function checkFile(path: string, { folder }: Session): string | undefined {
  return statSync(resolve(folder, path), { throwIfNoEntry: false })?.isFile()
    ? undefined
    : 'the path of a PEM file, such as the http_ca.crt that Elasticsearch writes';
}
