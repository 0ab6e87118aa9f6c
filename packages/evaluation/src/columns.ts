/**
 * The columns of a line, split at white space in C's sense, as trec_eval does: space, tab, vertical tab, form feed and
 * carriage return. No-break spaces and other Unicode spaces do not split.
 */
export function columnsOf(line: string): readonly string[] {
  return line.split(/[ \t\v\f\r]+/).filter((word) => word !== '');
}
