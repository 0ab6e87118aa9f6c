import type { Readable } from 'node:stream';
import { PassingFailure } from './passing-failure.ts';

/** A connection that receives less than this within the stall timeout counts as dead. */
const leastBytes = 1024;

/** The chunks of a body. Fails if the body trickles or stops. */
export async function* readBody(body: Readable, stallTimeoutMs: number): AsyncGenerator<Buffer> {
  let received = 0;
  const timer = setInterval(() => {
    if (received < leastBytes)
      body.destroy(new PassingFailure(`The answer stalled: ${received} bytes in ${stallTimeoutMs / 1000} s`));
    received = 0;
  }, stallTimeoutMs);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      yield chunk;
    }
  } finally {
    clearInterval(timer);
    body.destroy();
  }
}

/** A whole body that should be small. */
export async function readText(body: Readable, stallTimeoutMs: number, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readBody(body, stallTimeoutMs)) {
    bytes += chunk.length;
    if (bytes > most) throw new RangeError(`The answer has more than ${most} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
