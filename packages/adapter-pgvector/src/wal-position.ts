/** A position in the write-ahead log as PostgreSQL writes it, `16/B374D848`, as a number; undefined for what is none. */
export function parseWalPosition(written: unknown): bigint | undefined {
  const [, high, low] = /^([\dA-F]{1,8})\/([\dA-F]{1,8})$/i.exec(String(written)) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/**
 * The end of the last record, where a position to insert at is just behind the header of a page: a replica that has all of the log says
 * the end of the page before.
 */
export function endOfLastRecord(insertAt: bigint): bigint {
  const inPage = insertAt % 8192n;
  // A header has 24 bytes, and 40 at the start of a segment. No record that begins on the page ends there.
  return inPage === 24n || inPage === 40n ? insertAt - inPage : insertAt;
}
