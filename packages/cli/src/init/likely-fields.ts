import type { Choice } from './answers.ts';
import type { SettingsPart } from './found-place.ts';

const textNames =
  /^(?:text|content|contents|body|passage|chunk|chunk_?text|page_?content|document|paragraph)$/i;
const tenantNames =
  /^(?:.*[._])?(?:tenant|customer|client|account|org|organi[sz]ation|workspace|company)(?:_?(?:id|key|name|slug))?$/i;

export interface TextField {
  readonly name: string;
  /** Characters of a text, in the middle of a few. */
  readonly length?: number | undefined;
}

/** The field that holds the passage: the one that is called so, or the only one. */
export function likelyText(fields: readonly TextField[]): string | undefined {
  const called = fields.filter(({ name }) => textNames.test(name.split('.').at(-1)!));
  return called.length === 1 ? called[0]!.name : undefined;
}

/** Where to lead a reader: the longest texts are most likely the passages. */
export function suggestedText(fields: readonly TextField[]): string | undefined {
  const [longest] = [...fields].sort((a, b) => (b.length ?? 0) - (a.length ?? 0));
  return likelyText(fields) ?? longest?.name;
}

/** `none`, and each field that could say whose a passage is. */
export function tenantChoices(
  fields: readonly string[],
  partOf: (field: string) => SettingsPart,
): readonly Choice<SettingsPart>[] {
  const none = { name: 'none', hint: 'every search sees every passage', value: { settings: {} } };
  return [none, ...fields.map((name) => ({ name, value: partOf(name) }))];
}

/** A field that is called as a tenant's is must be spoken of: a search without it would see everybody's passages. */
export function likelyTenant(fields: readonly string[]): string | undefined {
  return fields.find((name) => tenantNames.test(name));
}

export const tenantQuestion = {
  flag: 'tenantField',
  message: 'Which field says whose a passage is? With it no search is answered without a tenant.',
  many: 'choices',
} as const;
