/** Reads at most that many bytes, and ends the connection if there are more. */
export async function readBody(
  response: Response,
  longest: number,
): Promise<{ readonly bytes: Buffer; readonly whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let whole = true;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    whole = length <= longest;
    chunks.push(whole ? chunk : chunk.subarray(0, chunk.length - (length - longest)));
    if (!whole) break;
  }
  return { bytes: Buffer.concat(chunks), whole };
}
