import { addressVariable } from '../variables.ts';
import type { InitDatabase } from './database.ts';
import { apiKeyVariable, checkHttpUrl } from './http-database.ts';
import { qdrantPlaces } from './qdrant-places.ts';

export const qdrantDatabase: InitDatabase = {
  name: 'qdrant',
  title: 'Qdrant',
  adapter: 'qdrant',
  place: 'collection',

  async connect(answers, session) {
    const url = await addressVariable(answers, { preset: 'QDRANT_URL', check: checkHttpUrl }, session);
    const given = answers.given('apiKeyVariable');
    const wanted =
      given === undefined
        ? await answers.choose({
            flag: 'apiKeyVariable',
            message: 'Does the server need an API key?',
            many: 'ways to sign in',
            choices: [
              { name: 'none', hint: 'no authentication', value: false },
              { name: 'API key', value: true },
            ],
            preset: 'none',
          })
        : given !== 'none';
    return { url, ...(wanted && { apiKey: await apiKeyVariable(answers, 'QDRANT', session) }) };
  },

  look: qdrantPlaces,
};
