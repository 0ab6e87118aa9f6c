import { parseDocument } from 'yaml';

/** Keys whose values are written for readers, besides the title. */
const readable = ['description', 'summary'] as const;

export interface FrontMatter {
  readonly title?: string;
  /** Description and summary, in this order. */
  readonly texts: readonly string[];
  /** What follows the block. */
  readonly rest: string;
}

/**
 * The block of settings that site generators read before the text: `---`, YAML with keys and values, `---`. Anything else
 * between two such lines is text, below a rule.
 */
export function readFrontMatter(markdown: string): FrontMatter | undefined {
  const found = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(markdown);
  if (!found) return undefined;
  const settings = settingsIn(found[1]!);
  if (!settings) return undefined;
  const textOf = (key: string): string[] => {
    const value = Object.hasOwn(settings, key) ? settings[key] : undefined;
    return typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [];
  };
  const [title] = textOf('title');
  return { ...(title && { title }), texts: readable.flatMap(textOf), rest: markdown.slice(found[0].length) };
}

function settingsIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
    const value: unknown = document.errors.length === 0 ? document.toJS({ maxAliasCount: 100 }) : undefined;
    const isSettings = typeof value === 'object' && value !== null && !Array.isArray(value);
    // "Note: this is prose" has a colon too; a key of a generator is one word.
    return isSettings && Object.keys(value).every((key) => /^[\w.-]+$/.test(key))
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
