/** Adds a value to the statement's parameters, and returns its placeholder: `$3`. */
export type AddParameter = (value: unknown) => string;

/** One piece of SQL at a time: quoted text, a parameter, or anything else. */
const piece = /'(?:[^'\\]|'')*'|"(?:[^"]|"")*"|\$(\d+)|--|\/\*|[\s\S]/g;

/**
 * Renumbers a fragment's `$1`, `$2`… for the whole statement, and checks that the fragment is one expression: it
 * closes everything that it opens, so that it cannot affect SQL outside the brackets around it.
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
        refuse(`The native filter uses $${digits} but has ${params.length} params`, 'Add it to params.')
      );
    }
    if (text === '(') open += 1;
    if (text === ')') open -= 1;
    if (open < 0) refuse('The native filter closes a bracket that it did not open', 'Balance the brackets.');
    // A lone quote, backslash or dollar opens a string that PostgreSQL might end elsewhere.
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
      `The native filter has ${params.length} params but uses ${used.size}`,
      'Number them $1, $2 and so on.',
    );
  }
  return moved;
}
