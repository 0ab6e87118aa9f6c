import { parseDocument } from 'yaml';

/** Keys with text for readers, in addition to the title. */
const readable = ['description', 'summary'] as const;

export interface FrontMatter {
  readonly title?: string;
  /** Description and summary, in this order. */
  readonly texts: readonly string[];
  /** The text after the block. */
  readonly rest: string;
}

/**
 * The block of settings before the text, for site generators: `---`, YAML with keys and values, `---`. Anything else
 * between two such lines is text below a horizontal rule.
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
    // Prose can have a colon too ("Note: this is prose"); a key is a single word.
    return isSettings && Object.keys(value).every((key) => /^[\w.-]+$/.test(key))
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
