/** UTF-16 code units of a request, the query counted once per passage. */
export function charactersOf(query: string, passages: readonly string[]): number {
  return passages.reduce((sum, passage) => sum + query.length + passage.length, 0);
}
