/** A position in the write-ahead log as PostgreSQL writes it, `16/B374D848`, as a number; undefined for what is none. */
export function parseWalPosition(written: unknown): bigint | undefined {
  const [, high, low] = /^([\dA-F]{1,8})\/([\dA-F]{1,8})$/i.exec(String(written)) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
