import type { SourceSettings } from '../../adapters/adapter.ts';
import { askQdrant } from '../../adapters/ask-qdrant.ts';
import type { FoundPlace, PlaceDetails, PlaceQuestion, SettingsPart } from '../found-place.ts';
import { likelyTenant, likelyText, suggestedText, tenantChoices, tenantQuestion } from '../likely-fields.ts';
import { type CollectionFields, readCollection } from './qdrant-collection.ts';

/** Every collection; which vectors it has is asked when it is chosen. */
export async function qdrantPlaces(
  connection: SourceSettings,
  signal: AbortSignal,
): Promise<readonly FoundPlace[]> {
  const { result } = (await askQdrant(connection, 'collections', signal)) as {
    readonly result?: { readonly collections?: readonly { readonly name: string }[] };
  };
  const names = (result?.collections ?? []).map(({ name }) => name).sort();
  return names.map((name) => ({
    name,
    hint: '',
    details: async (during) => collectionDetails(name, await readCollection(connection, name, during)),
  }));
}

/** What is to be asked about a collection. One that `secondpass index` filled says it all itself. */
function collectionDetails(name: string, fields: CollectionFields): PlaceDetails {
  const { own } = fields;
  const vectors = vectorQuestion(fields);
  if (own) {
    const { textField, payloadField, tenantField } = own;
    const settings = {
      collection: name,
      ...(textField !== 'text' && { textField }),
      ...(payloadField !== 'payload' && { payloadField }),
      ...(tenantField !== null && { tenantField }),
    };
    return { settings, questions: [vectors] };
  }
  return {
    settings: { collection: name },
    questions: [vectors, textQuestion(fields), tenantQuestionOf(fields), payloadQuestion(fields)],
  };
}

function vectorQuestion({ vectors }: CollectionFields): PlaceQuestion {
  return {
    flag: 'vector',
    message: 'Which vector?',
    many: 'dense vectors by Cosine, Dot or Euclid',
    choices: () =>
      vectors.map(({ name, dimensions, distance }) => ({
        name: name === '' ? '(unnamed)' : name,
        hint: `${dimensions} numbers · ${distance}`,
        value: { settings: name === '' ? {} : { vectorName: name }, dimensions },
      })),
  };
}

function textQuestion({ strings }: CollectionFields): PlaceQuestion {
  const part = (textField: string): SettingsPart => ({ settings: { textField } });
  return {
    flag: 'text',
    message: 'Which payload field has the passage, which stage 2 reads?',
    many: 'fields with texts',
    choices: () =>
      strings.map(({ name, length }) => ({
        name,
        hint: `about ${length.toLocaleString('en')} characters`,
        value: part(name),
      })),
    preset: () => likelyText(strings),
    suggested: suggestedText(strings),
    // The points that were looked at may not have every field.
    read: part,
  };
}

function tenantQuestionOf({ strings, keywords, tenants }: CollectionFields): PlaceQuestion {
  const names = [...new Set([...tenants, ...keywords, ...strings.map(({ name }) => name)])];
  const likely = tenants[0] ?? likelyTenant(names);
  const part = (tenantField: string): SettingsPart => ({ settings: { tenantField } });
  return {
    ...tenantQuestion,
    choices: ({ textField }) =>
      tenantChoices(
        names.filter((name) => name !== textField),
        part,
      ),
    preset: () => (likely === undefined ? 'none' : undefined),
    suggested: likely,
    read: part,
  };
}

function payloadQuestion({ objects, others }: CollectionFields): PlaceQuestion {
  const part = (payloadField: string | null): SettingsPart => ({ settings: { payloadField } });
  const all = { name: 'all', hint: 'every other field of the point', value: part(null) };
  const inside = objects.map((name) => ({
    name,
    hint: 'the fields of this object alone',
    value: part(name),
  }));
  return {
    flag: 'payload',
    message: 'What of a point is its payload, for filters and answers?',
    many: 'choices',
    // The tenant has to be in it.
    choices: ({ tenantField }) => (tenantField === undefined ? [all, ...inside] : [all]),
    // Text and one object beside it: as LangChain and LlamaIndex write them.
    preset: ({ textField }) => {
      const beside = others.filter((name) => name !== textField);
      return beside.length === 1 && objects.includes(beside[0]!) ? beside[0] : 'all';
    },
  };
}
