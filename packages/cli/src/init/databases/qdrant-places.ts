import type { SourceSettings } from '../../adapters/adapter.ts';
import { askQdrant } from '../../adapters/ask-qdrant.ts';
import type { FoundPlace, PlaceDetails, PlaceQuestion, SettingsPart } from '../found-place.ts';
import { likelyTenant, likelyText, suggestedText, tenantChoices, tenantQuestion } from '../likely-fields.ts';
import { type CollectionFields, readCollection } from './qdrant-collection.ts';

/** Every collection; its vectors are read when it is chosen. */
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

/** The questions about a collection. A collection that `secondpass index` filled needs none. */
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
      ...(fields.quantize && { quantize: fields.quantize }),
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
    many: 'dense vectors with the distance Cosine, Dot or Euclid',
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
    message: 'Which payload field holds the passage that stage 2 reads?',
    many: 'fields with texts',
    choices: () =>
      strings.map(({ name, length }) => ({
        name,
        hint: `about ${length.toLocaleString('en')} characters`,
        value: part(name),
      })),
    preset: () => likelyText(strings),
    suggested: suggestedText(strings),
    // The sampled points may not have every field.
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
  const all = { name: 'all', hint: 'all other fields of the point', value: part(null) };
  const inside = objects.map((name) => ({
    name,
    hint: 'only the fields of this object',
    value: part(name),
  }));
  return {
    flag: 'payload',
    message: 'Which fields of a point are the payload, for filters and answers?',
    many: 'choices',
    // The payload must contain the tenant.
    choices: ({ tenantField }) => (tenantField === undefined ? [all, ...inside] : [all]),
    // A text and one object next to it: LangChain and LlamaIndex write points this way.
    preset: ({ textField }) => {
      const beside = others.filter((name) => name !== textField);
      return beside.length === 1 && objects.includes(beside[0]!) ? beside[0] : 'all';
    },
  };
}
