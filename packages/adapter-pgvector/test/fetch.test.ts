import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pgvectorSource } from '../src/index.ts';

let client: PGlite;
beforeAll(async () => {
  client = await PGlite.create({ extensions: { vector } });
  await client.exec('CREATE EXTENSION vector');
});
afterAll(() => client.close());

const uuid = 'b6b1d5f2-0f8e-4a5e-9a1e-1e1d3c0a9f10';

test.each([
  ['int', '7', ['07', '7.0', '7 ', 'seven', '99999999999999999999', uuid]],
  ['bigint', '9007199254740993', ['9007199254740992', '-1', 'NaN']],
  ['uuid', uuid, [uuid.toUpperCase(), '7', 'no uuid']],
  ['varchar(40)', "it's", ['ITS', '\0', '\ud800', '']],
  ['numeric', '1.50', ['1.5', '150']],
])(
  'a row of a table with an id of type %s is found by its id as it is read, and by no other',
  async (type, id, others) => {
    const table = `ids_${type.replaceAll(/\W/g, '')}`;
    await client.exec(
      `CREATE TABLE ${table} (id ${type} PRIMARY KEY, text text, lang text, embedding vector(1))`,
    );
    await client.query(`INSERT INTO ${table} VALUES ($1, 'Yeast.', 'en', '[1]')`, [id]);
    const source = pgvectorSource({ client, table, columns: { payload: null } });
    const found = await source.fetch!({ ids: [...others, id] });
    expect(found).toEqual([{ id, text: 'Yeast.', payload: { lang: 'en' } }]);
    expect(await source.fetch!({ ids: [id], filter: { field: 'lang', eq: 'de' } })).toEqual([]);
  },
);
