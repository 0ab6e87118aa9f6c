import type { SourceSettings } from '../../adapters/adapter.ts';
import type { Choice } from '../answers.ts';
import type { PlaceDetails, PlaceQuestion, SettingsPart } from '../found-place.ts';
import { likelyTenant, likelyText, suggestedText, tenantChoices, tenantQuestion } from '../likely-fields.ts';
import type { CatalogColumn, CatalogTable, TableSample } from './postgres-catalog.ts';
import { isJson, isString, isText } from './postgres-types.ts';
import { metricQuestion, vectorQuestion } from './postgres-vectors.ts';

/** The questions about a table. A table that `secondpass index` filled needs none. */
export function tableDetails(table: CatalogTable, sample: TableSample, name: string): PlaceDetails {
  const own = ownSettings(table);
  if (own) return { ...own, settings: { table: name, ...own.settings }, questions: [] };
  return {
    settings: { table: name },
    questions: [
      vectorQuestion(table, sample),
      metricQuestion(table),
      idQuestion(table),
      textQuestion(table, sample),
      tenantQuestionOf(table),
      payloadQuestion(table),
    ],
  };
}

const columnPart = (key: string, value: unknown): SettingsPart => ({
  settings: { columns: { [key]: value } },
});

function idQuestion({ columns, indexes }: CatalogTable): PlaceQuestion {
  const required = new Set(columns.filter(({ required }) => required).map(({ name }) => name));
  const unique = indexes.flatMap(({ unique, columns: [column, ...others] }) =>
    unique && column !== undefined && others.length === 0 && required.has(column) ? [column] : [],
  );
  const primary = indexes.find((index) => index.primary && index.columns.length === 1)?.columns[0];
  // A view has no index and no key in the catalog.
  const names = unique.length > 0 ? [...new Set(unique)] : columns.filter(isId).map(({ name }) => name);
  const certain = unique.length > 0 ? primary : undefined;
  return {
    flag: 'id',
    message: 'Which column holds the id? It must be unique.',
    many: 'columns that can be an id',
    choices: () =>
      names.map((name) => ({
        name,
        ...(name === primary && { hint: 'primary key' }),
        value: columnPart('id', name),
      })),
    preset: () => certain,
    suggested: names.find((name) => /^_?id$/i.test(name)),
  };
}

const isId = (column: CatalogColumn): boolean =>
  isString(column) || ['int2', 'int4', 'int8', 'numeric'].includes(column.type);

function textQuestion({ columns }: CatalogTable, { lengths }: TableSample): PlaceQuestion {
  const fields = columns.filter(isText).map(({ name }) => ({ name, length: lengths.get(name) }));
  const others = (soFar: SourceSettings) => fields.filter(({ name }) => name !== columnOf(soFar, 'id'));
  return {
    flag: 'text',
    message: 'Which column holds the passage that stage 2 reads?',
    many: 'text columns',
    choices: (soFar) =>
      others(soFar).map(({ name, length }) => ({
        name,
        hint: length === undefined ? undefined : `about ${length.toLocaleString('en')} characters`,
        value: columnPart('text', name),
      })),
    preset: (soFar) => likelyText(others(soFar)),
    suggested: suggestedText(fields),
  };
}

function tenantQuestionOf({ columns }: CatalogTable): PlaceQuestion {
  const strings = columns.filter(isString).map(({ name }) => name);
  const others = (soFar: SourceSettings) =>
    strings.filter((name) => ![columnOf(soFar, 'id'), columnOf(soFar, 'text')].includes(name));
  const part = (tenantField: string): SettingsPart => ({ settings: { tenantField } });
  return {
    ...tenantQuestion,
    choices: (soFar) => tenantChoices(others(soFar), part),
    preset: (soFar) => (likelyTenant(others(soFar)) === undefined ? 'none' : undefined),
    suggested: likelyTenant(strings),
    // A field inside a column of JSON, such as `metadata.tenant`.
    read: (given) =>
      columns.some((column) => isJson(column) && given.startsWith(`${column.name}.`))
        ? part(given)
        : undefined,
  };
}

function payloadQuestion({ columns }: CatalogTable): PlaceQuestion {
  const names = new Set(columns.map(({ name }) => name));
  const all = { name: 'all', hint: 'all other columns except vectors', value: columnPart('payload', null) };
  const none = { name: 'none', hint: 'no payload', value: columnPart('payload', []) };
  const json = columns
    .filter(isJson)
    .map(({ name }) => ({ name, hint: 'only the fields of this JSON', value: columnPart('payload', name) }));
  return {
    flag: 'payload',
    message: 'Which columns are the payload, for filters and answers?',
    many: 'choices',
    // The payload must contain the tenant.
    choices: ({ tenantField }): readonly Choice<SettingsPart>[] =>
      tenantField === undefined ? [all, ...json, none] : [all],
    preset: () => 'all',
    read(given) {
      const list = given.split(',').map((name) => name.trim());
      return list.every((name) => names.has(name)) ? columnPart('payload', list) : undefined;
    },
  };
}

function columnOf({ columns }: SourceSettings, key: string): unknown {
  return (columns as SourceSettings | undefined)?.[key];
}

/** The settings that the writer noted in the table's comment, if the table has the writer's columns. */
function ownSettings({ comment, columns }: CatalogTable): SettingsPart | undefined {
  if (!comment?.startsWith('{"secondpass":')) return undefined;
  const names = columns.map(({ name }) => name);
  if (!['id', 'text', 'embedding'].every((name) => names.includes(name))) return undefined;
  const marker = (JSON.parse(comment) as { readonly secondpass: OwnMarker }).secondpass;
  const { metric, index, tenantField, quantize, dimensions } = marker;
  const settings = {
    ...(metric !== 'cosine' && { metric }),
    ...(index === undefined ? { search: 'exact' } : index !== 'hnsw' && { search: index }),
    ...(tenantField !== undefined && { tenantField }),
    ...(quantize !== undefined && { quantize }),
    ...(!names.includes('payload') && { columns: { payload: null } }),
  };
  return { settings, dimensions };
}

interface OwnMarker {
  readonly metric: string;
  readonly index?: string;
  readonly tenantField?: string;
  readonly quantize?: string;
  readonly dimensions: number;
}
