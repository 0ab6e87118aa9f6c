/** A piece of HTML or SVG that is safe to insert into a page unchanged. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Content = Markup | string | number | false | null | undefined | readonly Content[];

/**
 * A template that escapes its values, so that a document's text never becomes markup: `markup\`<p>${text}</p>\``.
 * Lists are joined; `false`, `null` and `undefined` become nothing. Attribute values must be in double quotes.
 */
export function markup(pieces: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(String.raw({ raw: pieces }, ...values.map(written)));
}

function written(content: Content): string {
  if (content instanceof Markup) return content.text;
  if (Array.isArray(content)) return content.map(written).join('');
  if (content === false || content === null || content === undefined) return '';
  return escaped(String(content));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes a text. Control characters and bidirectional marks become visible characters without effect on the page. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, (mark) =>
      /\s/.test(mark) ? mark : '\uFFFD',
    )
    .replace(/[&<>"']/g, (character) => entities[character]!);
}
