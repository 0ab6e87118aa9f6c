import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpService } from './http-service.ts';

/** Bytes are sent as they are; anything else as JSON. */
export type RequestBody = Uint8Array | object;

export interface EncodedRequest {
  readonly headers: Headers;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Of the body before compression. */
  readonly length: number;
}

const shortestCompressed = 1024;
const compressed = promisify(gzip);

/** @param own headers of this request, beside the service's */
export async function encodeBody(
  { headers: shared, compress }: HttpService,
  body: RequestBody | undefined,
  own: Readonly<Record<string, string>> = {},
): Promise<EncodedRequest> {
  const headers = new Headers(shared);
  if (body === undefined) return { headers, length: 0 };
  headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  const bytes = body instanceof Uint8Array ? new Uint8Array(body) : Buffer.from(JSON.stringify(body));
  const { length } = bytes;
  if (!compress || length < shortestCompressed) return { headers, body: bytes, length };
  headers.set('content-encoding', 'gzip');
  return { headers, body: new Uint8Array(await compressed(bytes)), length };
}
