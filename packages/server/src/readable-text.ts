/** Makes a text readable for models: JSON may hold lone surrogates or U+0000, which no model reads. */
export function readableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', ' ');
}
