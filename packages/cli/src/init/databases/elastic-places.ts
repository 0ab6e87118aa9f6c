import { type ElasticConnection, withElastic } from '../../adapters/with-elastic.ts';
import type { Choice } from '../answers.ts';
import type { FoundPlace, PlaceDetails, PlaceQuestion, SettingsPart } from '../found-place.ts';
import { likelyTenant, likelyText, tenantChoices, tenantQuestion } from '../likely-fields.ts';
import { type ElasticMapping, fieldsOf, type MappedField } from './elastic-fields.ts';

interface FoundIndex {
  readonly mappings?: ElasticMapping;
  readonly aliases?: Readonly<Record<string, unknown>>;
}

/** Every open index with searchable vectors. */
export async function elasticPlaces(
  connection: ElasticConnection,
  signal: AbortSignal,
): Promise<readonly FoundPlace[]> {
  const found = await withElastic(connection, { origin: 'elastic', signal }, (client, options) =>
    client.indices.get({ index: '*', expand_wildcards: 'open', allow_no_indices: true }, options),
  );
  return Object.entries(found as Readonly<Record<string, FoundIndex>>).flatMap(([name, index]) => {
    const fields = fieldsOf(index.mappings ?? {});
    const vectors = fields.filter(isSearchable);
    if (vectors.length === 0 || name.startsWith('.')) return [];
    return {
      name,
      aliases: Object.keys(index.aliases ?? {}),
      hint: vectors.map(({ path, mapping }) => `${path}(${mapping.dims ?? 'of any length'})`).join(', '),
      details: async () => indexDetails(name, index.mappings ?? {}, fields),
    };
  });
}

function isSearchable({ mapping }: MappedField): boolean {
  const { type, index = true, element_type: element = 'float' } = mapping;
  return type === 'dense_vector' && index && ['float', 'bfloat16'].includes(element);
}

/** The word in a configuration for what Elasticsearch calls it. */
const quantizations: Readonly<Record<string, string>> = { int8: 'int8', int4: 'int4', bbq: 'binary' };

/** The questions about an index. An index that `secondpass index` filled needs none. */
function indexDetails(name: string, mapping: ElasticMapping, fields: readonly MappedField[]): PlaceDetails {
  const own = mapping._meta?.secondpass;
  if (own) {
    const { text, vector, payload } = own.fields;
    const type = fields.find(({ path }) => path === vector)?.mapping.index_options?.type ?? '';
    const quantize = quantizations[type.split('_')[0]!];
    const usual = text === 'text' && vector === 'vector' && payload === 'payload';
    const settings = {
      index: name,
      ...(!usual && { fields: own.fields }),
      ...(own.tenantField !== null && { tenantField: own.tenantField }),
      ...(quantize !== undefined && { quantize }),
    };
    return { settings, dimensions: own.dimensions, questions: [] };
  }
  return {
    settings: { index: name },
    questions: [
      vectorQuestion(fields),
      textQuestion(fields),
      tenantQuestionOf(fields),
      payloadQuestion(mapping),
    ],
  };
}

const fieldPart = (key: string, value: unknown): SettingsPart => ({ settings: { fields: { [key]: value } } });

function vectorQuestion(fields: readonly MappedField[]): PlaceQuestion {
  const choices = fields.filter(isSearchable).map(({ path, mapping }) => ({
    name: path,
    hint: `${mapping.dims ?? 'any number of'} numbers · ${mapping.similarity ?? 'cosine'}`,
    value: { ...fieldPart('vector', path), dimensions: mapping.dims },
  }));
  return {
    flag: 'vector',
    message: 'Which field holds the vectors?',
    many: 'fields of vectors',
    choices: () => choices,
  };
}

function textQuestion(fields: readonly MappedField[]): PlaceQuestion {
  const texts = fields.flatMap(({ path, mapping }) => (mapping.type === 'text' ? [{ name: path }] : []));
  return {
    flag: 'text',
    message: 'Which field holds the passage that stage 2 reads?',
    many: 'fields of type text',
    choices: () => texts.map(({ name }) => ({ name, value: fieldPart('text', name) })),
    preset: () => likelyText(texts),
  };
}

function tenantQuestionOf(fields: readonly MappedField[]): PlaceQuestion {
  const names = fields.flatMap(({ path, mapping }) => (mapping.type === 'keyword' ? [path] : []));
  const likely = likelyTenant(names);
  return {
    ...tenantQuestion,
    choices: () => tenantChoices(names, (tenantField) => ({ settings: { tenantField } })),
    preset: () => (likely === undefined ? 'none' : undefined),
    suggested: likely,
  };
}

function payloadQuestion({ properties = {} }: ElasticMapping): PlaceQuestion {
  const all = { name: 'all', hint: 'all except text and vectors', value: fieldPart('payload', null) };
  const objects = Object.entries(properties).flatMap(([name, { properties: inner, type }]) =>
    inner !== undefined && type !== 'nested'
      ? [{ name, hint: 'only the fields of this object', value: fieldPart('payload', name) }]
      : [],
  );
  return {
    flag: 'payload',
    message: 'Which fields are the payload, for filters and answers?',
    many: 'choices',
    // The payload must contain the tenant.
    choices: ({ tenantField }): readonly Choice<SettingsPart>[] =>
      tenantField === undefined ? [all, ...objects] : [all],
    preset: () => 'all',
  };
}
