import { RetrievalError } from '@secondpass/core';
import { describeAsJson } from '@secondpass/core/extend';
import type { SourceSettings } from '../adapters/adapter.ts';
import { findAdapter } from '../adapters.ts';
import { withAbsolutePaths } from '../config/absolute-paths.ts';
import { replaceVariables } from '../config/config-variables.ts';
import type { Answers } from './answers.ts';
import type { InitDatabase } from './databases/database.ts';
import { type FoundPlace, joinSettings, type SettingsPart } from './found-place.ts';
import { typed } from './init-flags.ts';
import type { Session } from './session.ts';

/** The `source` block for the configuration file, and the length of its vectors. */
export type ChosenPlace = SettingsPart;

/**
 * Asks where the database is, inspects it, and asks what it does not tell.
 *
 * @param isNew whether the table does not exist yet
 * @throws RetrievalError of the answers, or if the database does not answer
 */
export async function choosePlace(
  answers: Answers,
  database: InitDatabase,
  session: Session,
  isNew: boolean,
): Promise<ChosenPlace> {
  const connection = await answers.attempt(async (again) => {
    const written = await database.connect(again, session);
    return { written, places: await database.look(actual(written, database, session), session.signal) };
  });
  const { written, places } = connection;
  return answers.attempt(async (again) => {
    const place = await oneOf(again, database, places, isNew);
    const base = { adapter: database.adapter, ...written };
    if (typeof place === 'string') return { settings: { ...base, [database.place]: place } };
    const { settings, dimensions, questions } = await place.details(session.signal);
    let chosen: SettingsPart = { settings, dimensions };
    for (const question of questions) {
      const soFar = chosen.settings;
      const part = await again.choose({
        ...question,
        choices: question.choices(soFar),
        preset: question.preset?.(soFar),
      });
      chosen = {
        settings: joinSettings(soFar, part.settings),
        dimensions: part.dimensions ?? chosen.dimensions,
      };
    }
    return { ...chosen, settings: { ...base, ...chosen.settings } };
  });
}

/** A block with its variables replaced, and with paths relative to the configuration's folder. */
function actual(written: SourceSettings, database: InitDatabase, session: Session): SourceSettings {
  const { file, folder, environment, secrets } = session;
  const replaced = replaceVariables(written, { file, environment, secrets }, ['source']) as SourceSettings;
  return withAbsolutePaths(replaced, findAdapter(database.adapter, file), folder);
}

/** An existing place, or the name of a new one. */
async function oneOf(
  answers: Answers,
  { place: flag }: InitDatabase,
  places: readonly FoundPlace[],
  isNew: boolean,
): Promise<FoundPlace | string> {
  const question = { flag, message: `Name of the new ${flag}?` } as const;
  const names = new Set(places.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
  const check = (name: string) => (names.has(name) ? `a ${flag} that does not exist yet` : undefined);
  if (isNew || (places.length === 0 && answers.given(flag) === undefined && answers.reads)) {
    return answers.text({ ...question, check });
  }
  if (places.length === 0) {
    const given = answers.given(flag);
    throw new RetrievalError({
      code: 'source-not-found',
      origin: 'secondpass init',
      problem: `The database has no ${flag} with vectors${given === undefined ? '' : `, so no ${describeAsJson(given)}`}.`,
      nextStep: `Check the address, or add --new with ${typed(flag)} for one that "secondpass index" will create.`,
    });
  }
  const other = { name: 'another', hint: 'that does not exist yet', value: undefined };
  const known = places.map((place) => ({ name: place.name, hint: place.hint, value: place }));
  const chosen = await answers.choose<FoundPlace | undefined>({
    flag,
    message: `Which ${flag} holds your passages?`,
    many: `names of a ${flag} with vectors`,
    choices: answers.reads ? [...known, other] : known,
    read: (given) => places.find(({ aliases }) => aliases?.includes(given)),
  });
  return chosen ?? answers.text({ ...question, check });
}
