/**
 * The columns of a line, apart by any white space in C's sense, as trec_eval splits: space, tab, vertical tab, form feed and
 * carriage return. A no-break space and its kin belong to the word that they stand in.
 */
export function columnsOf(line: string): readonly string[] {
  return line.split(/[ \t\v\f\r]+/).filter((word) => word !== '');
}
