/** Gives a value its place among the statement's parameters, and returns that place: `$3`. */
export type AddParameter = (value: unknown) => string;

/** One piece of SQL at a time: quoted text, a parameter, or whatever else. */
const piece = /'(?:[^'\\]|'')*'|"(?:[^"]|"")*"|\$(\d+)|--|\/\*|[\s\S]/g;

/**
 * Moves a fragment's own `$1`, `$2`… to their places in the whole statement, and makes sure that the fragment is one
 * expression: it ends what it opens, so that it cannot reach beyond the brackets that it will be put in.
 *
 * @param refuse throws, given a problem and a next step
 */
export function renumberParameters(
  sql: string,
  params: readonly unknown[],
  addParameter: AddParameter,
  refuse: (problem: string, nextStep: string) => never,
): string {
  const places = params.map(addParameter);
  const used = new Set<number>();
  let open = 0;
  const moved = sql.replaceAll(piece, (text: string, digits: string | undefined) => {
    if (digits !== undefined) {
      used.add(Number(digits));
      return (
        places[Number(digits) - 1] ??
        refuse(`The native filter uses $${digits} and has ${params.length} params`, 'Add it to params.')
      );
    }
    if (text === '(') open += 1;
    if (text === ')') open -= 1;
    if (open < 0) refuse('The native filter closes a bracket that it did not open', 'Balance the brackets.');
    // A quote, a backslash or a dollar that stands alone opens a string whose end PostgreSQL might see elsewhere.
    if ([';', '--', '/*', "'", '"', '\\', '$'].includes(text)) {
      refuse(
        `The native filter contains ${text}`,
        'Write one expression without comments; put strings in params.',
      );
    }
    return text;
  });
  if (open > 0) refuse('The native filter leaves a bracket open', 'Balance the brackets.');
  if (used.size < params.length) {
    refuse(
      `The native filter has ${params.length} params and uses ${used.size}`,
      'Number them $1, $2 and so on.',
    );
  }
  return moved;
}
