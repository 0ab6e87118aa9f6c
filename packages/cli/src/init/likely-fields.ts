import type { Choice } from './answers.ts';
import type { SettingsPart } from './found-place.ts';

const textNames =
  /^(?:text|content|contents|body|passage|chunk|chunk_?text|page_?content|document|paragraph)$/i;
const tenantNames =
  /^(?:.*[._])?(?:tenant|customer|client|account|org|organi[sz]ation|workspace|company)(?:_?(?:id|key|name|slug))?$/i;

export interface TextField {
  readonly name: string;
  /** Average number of characters in a sample of texts. */
  readonly length?: number | undefined;
}

/** The field that holds the passage: a field with a usual name, or the only one. */
export function likelyText(fields: readonly TextField[]): string | undefined {
  const called = fields.filter(({ name }) => textNames.test(name.split('.').at(-1)!));
  return called.length === 1 ? called[0]!.name : undefined;
}

/** The suggested field: the longest texts are most likely the passages. */
export function suggestedText(fields: readonly TextField[]): string | undefined {
  const [longest] = [...fields].sort((a, b) => (b.length ?? 0) - (a.length ?? 0));
  return likelyText(fields) ?? longest?.name;
}

/** `none`, and each field that could hold the tenant. */
export function tenantChoices(
  fields: readonly string[],
  partOf: (field: string) => SettingsPart,
): readonly Choice<SettingsPart>[] {
  const none = { name: 'none', hint: 'every search sees every passage', value: { settings: {} } };
  return [none, ...fields.map((name) => ({ name, value: partOf(name) }))];
}

/** A field with a typical tenant name. The user must decide: without it, a search sees all tenants' passages. */
export function likelyTenant(fields: readonly string[]): string | undefined {
  return fields.find((name) => tenantNames.test(name));
}

export const tenantQuestion = {
  flag: 'tenantField',
  message: 'Which field holds the tenant of a passage? With it, every search must name a tenant.',
  many: 'choices',
} as const;
