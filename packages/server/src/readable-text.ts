/** JSON may hold a lone surrogate or U+0000, which no model reads; the text around them is worth reading. */
export function readableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', ' ');
}
